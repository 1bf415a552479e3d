#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/pipeline/pipeline_arguments.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/compute.h"
#include "tensor/kernels/kernels.h"
#include "tensor/random.h"

// How long one part of a model takes, as a line of JSON that benchmark.py reads:
//
//   model_benchmark FOLDER text_encoder|text_encoder_2|unet|vae_decoder|start HEIGHT WIDTH REPEATS [BACKEND]
//
// `start` is all that comes before the first step: every part is opened, and a prompt encoded.
// The first run, which brings the weights in from the disk, is timed apart.

using namespace sdxl;

namespace {

double seconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of resident memory. Linux's rusage would count what the parent had before it started this.
double peak_gib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  double kib = 0.0;
  status >> kib;
  return kib / (1 << 20);
}

struct Timing {
  double first = 0.0;
  double best = 0.0;
};

Timing time(int repeats, const std::function<void()>& run) {
  Timing timing{seconds(run), 1e9};
  for (int i = 0; i < repeats; ++i) timing.best = std::min(timing.best, seconds(run));
  return timing;
}

Timing time_text_encoder(DiffusersFolder& folder, const std::string& part, int repeats) {
  CLIPTextModel encoder(nn::root(), ClipTextConfig::read(folder.config(part)));
  nn::load(encoder, "CLIPTextModel", folder.weights(part));
  std::vector<int64_t> ids(77, 49407);
  std::fill(ids.begin(), ids.begin() + 8, 320);
  ids[0] = 49406;
  return time(repeats, [&] { encoder.forward({ids}); });
}

Timing time_unet(DiffusersFolder& folder, const Tensor& latents, int repeats) {
  UNet2DConditionModel unet(nn::root(), UNetConfig::read(folder.config("unet")));
  nn::load(unet, "UNet2DConditionModel", folder.weights("unet"));
  const UNetConfig& c = unet.config();
  const int64_t sizes = 6;
  Conditioning cond;
  cond.context = Tensor::zeros({1, 77, c.cross_attention_dim});
  cond.pooled = Tensor::zeros(
      {1, c.projection_class_embeddings_input_dim - sizes * c.addition_time_embed_dim});
  cond.time_ids = Tensor::zeros({1, sizes});
  return time(repeats, [&] { unet.forward(latents, 501.0f, cond); });
}

Timing time_vae_decoder(DiffusersFolder& folder, const Tensor& latents, int repeats) {
  AutoencoderKL vae(nn::root(), VaeConfig::read(folder.config("vae")));
  nn::load(vae, "AutoencoderKL", folder.weights("vae"));
  return time(repeats, [&] { vae.decode(latents); });
}

Timing time_start(const std::string& path, int repeats) {
  PipelineArguments args;
  args.prompt = "a red fox in the snow, its breath a cloud, the first light behind the firs";
  return time(repeats, [&] {
    const StableDiffusionXL model{DiffusersFolder(path)};
    make_guidance(model, args);
  });
}

Timing time_part(const std::string& path, const std::string& part, const Tensor& latents,
                 int repeats) {
  if (part == "start") return time_start(path, repeats);
  DiffusersFolder folder(path);
  if (part == "unet") return time_unet(folder, latents, repeats);
  if (part == "vae_decoder") return time_vae_decoder(folder, latents, repeats);
  return time_text_encoder(folder, part, repeats);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 6 && argc != 7) {
    std::fprintf(stderr, "usage: model_benchmark FOLDER PART HEIGHT WIDTH REPEATS [BACKEND]\n");
    return 2;
  }
  if (argc == 7) tensor::set_backend(tensor::backend_of_name(argv[6]));
  tensor::Generator generator(1);
  const Tensor latents = generator.randn({1, 4, std::stoll(argv[3]) / 8, std::stoll(argv[4]) / 8});
  const Timing timing = time_part(argv[1], argv[2], latents, std::stoi(argv[5]));
  const double peak = peak_gib();
  std::printf(
      "{\"seconds\": %.4f, \"first_seconds\": %.4f, \"peak_gib\": %.3f, "
      "\"gemm_gflops\": %.2f, \"threads\": %d}\n",
      timing.best, timing.first, peak, tensor::gemm_rate(), tensor::threads());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "model_benchmark: %s\n", error.what());
  return 1;
}
