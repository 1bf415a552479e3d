#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tensor/kernels/sanitizers.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"

namespace fs = std::filesystem;

namespace {

struct Usage {
  int64_t kilobytes;  // of memory that the process holds
  int64_t files;      // open descriptors
};

Usage usage() {
  int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  const fs::directory_iterator files("/proc/self/fd");
  return {resident * sysconf(_SC_PAGESIZE) / 1024, std::distance(begin(files), end(files))};
}

/// Opens a model, draws one image, writes it and its latents, and reads both again.
void run_once(const fs::path& folder) {
  const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(support::test_file("goldens/models/every_level_bf16"))};
  sdxl::TextToImage args;
  args.prompt = "a red ring";
  args.num_inference_steps = 1;
  args.size = {16, 16};
  args.sizes = {.original_size = {16, 16}, .target_size = {16, 16}};
  sdxl::SeededNoise noise(3);
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  const tensor::Tensor latents = sdxl::text_to_image(model, *scheduler, args, noise);
  tensor::write_png(folder / "image.png", to_image(decode_latents(*model.vae, latents)));
  tensor::read_image(folder / "image.png");
  tensor::io::write_safetensors(folder / "latents.safetensors", {{"latents", latents}});
  const tensor::io::SafetensorsFile file(folder / "latents.safetensors");
  CHECK(file.tensor("latents").size() == latents.size());
}

}  // namespace

/// scripts/faults sets GLASSBOX_RUNS to 10000.
TEST_CASE("growth: many runs in one process hold no more memory and no more files than a few") {
  if (!fs::exists("/proc/self/statm")) return;
  const char* given = std::getenv("GLASSBOX_RUNS");
  const int runs = given ? std::atoi(given) : 60;
  const support::ScratchFolder folder;
  const int first = runs / 4;  // until here caches and the heap fill
  for (int i = 0; i < first; ++i) run_once(folder.path());
  const Usage before = usage();
  for (int i = first; i < runs; ++i) run_once(folder.path());
  const Usage after = usage();
  MESSAGE(runs << " runs: " << before.kilobytes << " KB and " << before.files
               << " files after the first quarter, " << after.kilobytes << " KB and " << after.files
               << " files at the end");
  CHECK(after.files == before.files);
  // Sanitizers keep freed memory for a while.
  using tensor::kernels::has_address_sanitizer, tensor::kernels::has_thread_sanitizer;
  if (has_address_sanitizer || has_thread_sanitizer) return;
  CHECK(after.kilobytes < before.kilobytes + 4096);
}
