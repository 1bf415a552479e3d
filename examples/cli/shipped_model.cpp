#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <cstdlib>

#include "examples/cli/options.h"
#include "tensor/error.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

/// The file of this program, without symbolic links; empty where the system does not say.
fs::path program_file() {
  std::error_code error;
#ifdef __APPLE__
  char path[4096];
  uint32_t size = sizeof(path);
  if (_NSGetExecutablePath(path, &size) != 0) return {};
  return fs::canonical(path, error);
#else
  return fs::read_symlink("/proc/self/exe", error);
#endif
}

}  // namespace

fs::path shipped_model() {
  if (const char* path = std::getenv("SDXL_MODEL")) return path;
  const fs::path in_sources = fs::path("examples") / "tiny_sdxl" / "model";
  const fs::path folder = program_file().parent_path();
  const fs::path places[] = {
      folder / GLASSBOX_INSTALLED_MODEL,                // ../share/glassbox_sdxl/tiny_sdxl
      fs::path(GLASSBOX_SOURCE_DIR) / in_sources,       // of the build
      folder.parent_path().parent_path() / in_sources,  // build/release/sdxl, carried elsewhere
  };
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::exists(place)) return place.lexically_normal();
    tried += "\n  " + place.lexically_normal().string();
  }
  tensor::fail(
      "the tiny model that ships was not found; name a model with --model or with the environment "
      "variable SDXL_MODEL. Looked for:{}",
      tried);
}

}  // namespace cli
