#include "examples/cli/commands.h"
#include "nn/observe/hold.h"
#include "sdxl/parity/trace_inputs.h"
#include "tests/fuzz/support/fuzz.h"

namespace {

/// `sdxl compare OURS THEIRS`.
void compare(const std::string& ours, const std::string& theirs) {
  CLI::App app;
  cli::add_compare(app);
  app.parse(std::vector<std::string>{theirs, ours, "compare"});  // from the end
}

}  // namespace

/// A trace, where the program reads one: to compare it, to take a component's inputs from it, and
/// to hold modules at its outputs.
void fuzz::test(std::string_view input) {
  static const std::string intact = [] {
    const tensor::Tensor x = tensor::Tensor::from({1, 2}, {1, 2});
    const std::string path = folder() + "/intact.safetensors";
    tensor::io::write_safetensors(path, {{"unet.conv_in", x}, {"unet.conv_out", x}});
    return path;
  }();
  const std::string path = write_file("trace.safetensors", input);
  const auto read = [&](auto&& action) { expect_result_or_error("", action); };
  read([&] { compare(intact, path); });
  read([&] { compare(path, intact); });
  read([&] { compare(path, path); });
  for (const std::string& component : sdxl::component_names()) {
    for (const std::optional<int64_t> step : {std::optional<int64_t>{}, {1}}) {
      read([&] { sdxl::inputs_in_file(path, component, false, step).read("sample"); });
    }
  }
  read([&] { nn::Hold("unet*", path).held_among({"unet.conv_in", "unet", "unet.mid_block"}); });
}
