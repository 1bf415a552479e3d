#include "examples/cli/rng_option.h"

#include <stdexcept>

#include "tensor/cuda_gpu.h"
#include "tensor/error.h"

namespace cli {

namespace {

constexpr const char* default_gpu = "h100";

bool is_cuda(const std::string& rng) { return rng == "cuda" || rng.starts_with("cuda:"); }

tensor::CudaGpu gpu_of(const std::string& rng) {
  return tensor::cuda_gpu(rng == "cuda" ? default_gpu : rng.substr(std::string("cuda:").size()));
}

CLI::Validator rng_kind() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (text == "cpu") return "";
        if (!is_cuda(text)) {
          return "expected cpu, cuda or cuda:GPU, got " + tensor::printable(text, 60);
        }
        try {
          gpu_of(text);
          return "";
        } catch (const std::invalid_argument& error) {
          return error.what();
        }
      },
      "");
}

}  // namespace

void add_rng(CLI::App& command, std::string& rng) {
  command
      .add_option(
          "--rng", rng,
          "torch's generator for the seed: cpu, or a GPU's. Its numbers depend on the GPU "
          "where the latents have more numbers than it runs threads: above 809 x 809 pixels "
          "on a T4, 2079 x 2079 on an H100. cuda is an H100's; cuda:rtx-3060 names another, "
          "cuda:28x1536 gives its multiprocessors and the threads of each (cpu)")
      ->type_name("KIND")
      ->check(rng_kind());
}

std::unique_ptr<sdxl::NoiseSource> seeded(const std::string& rng, uint64_t seed) {
  if (is_cuda(rng)) return std::make_unique<sdxl::CudaNoise>(seed, gpu_of(rng).threads());
  return std::make_unique<sdxl::SeededNoise>(seed);
}

std::string describe_rng(const std::string& rng) {
  if (!is_cuda(rng)) return rng;
  const tensor::CudaGpu gpu = gpu_of(rng);
  return tensor::format("cuda:{} ({} multiprocessors of {} threads)", gpu.name, gpu.multiprocessors,
                        gpu.threads_each);
}

std::string rng_note(const std::string& rng, int64_t count) {
  if (rng != "cuda") return "";
  std::string smaller;
  int64_t largest = 0;
  for (const tensor::CudaGpu& gpu : tensor::known_gpus()) {
    if (gpu.threads() < count && gpu.threads() > largest) {
      smaller = gpu.name;
      largest = gpu.threads();
    }
  }
  if (smaller.empty()) return "";
  return tensor::format(
      "--rng cuda draws {} numbers as an H100; a GPU of fewer threads ({}: {}) draws others, and "
      "--rng cuda:GPU names it",
      count, smaller, largest);
}

}  // namespace cli
