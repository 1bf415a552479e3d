#include "tests/sdxl/pipeline/pipeline_golden.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sdxl/pipeline/latents.h"
#include "tensor/image/image.h"
#include "tests/support/paths.h"

namespace support {

using sdxl::PixelSize;
using tensor::Tensor;

namespace {

std::filesystem::path folder_of(const std::string& model) {
  return golden_path("").parent_path() / "models" / model;
}

/// Of one seed for all images, or of several with commas between, one for each image.
std::unique_ptr<sdxl::NoiseSource> noise_of(const std::string& seeds) {
  std::vector<std::unique_ptr<sdxl::NoiseSource>> sources;
  std::istringstream text(seeds);
  for (std::string seed; std::getline(text, seed, ',');) {
    sources.push_back(std::make_unique<sdxl::SeededNoise>(std::stoull(seed)));
  }
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<sdxl::NoisePerImage>(std::move(sources));
}

void check_pixels(const Tensor& images, const Tensor& pixels) {
  const int64_t bytes = pixels.size() / pixels.dim(0);
  for (int64_t n = 0; n < images.dim(0); ++n) {
    const tensor::Image image = tensor::to_image(slice(images, 0, n, n + 1));
    REQUIRE(static_cast<int64_t>(image.pixels.size()) == bytes);
    double largest = 0.0;
    for (int64_t i = 0; i < bytes; ++i) {
      const double theirs = pixels.data()[n * bytes + i];
      largest = std::max(largest, std::abs(static_cast<double>(image.pixels[i]) - theirs));
    }
    CHECK(largest <= 1.0);
  }
}

}  // namespace

PipelineGolden::PipelineGolden(const std::string& name, const std::string& vae)
    : golden(name),
      call(nlohmann::json::parse(golden.metadata("arguments"))),
      model(sdxl::open_checkpoint(
          folder_of(golden.metadata("model")),
          {.parts = {.vae = vae.empty() ? std::filesystem::path() : folder_of(vae)}})) {}

PixelSize PipelineGolden::size(const char* key, const PixelSize& fallback) const {
  if (!call.contains(key)) return fallback;
  return {call.at(key)[0].get<int64_t>(), call.at(key)[1].get<int64_t>()};
}

void PipelineGolden::read(sdxl::PipelineArguments& args, const PixelSize& default_size) const {
  args.prompt = call.at("prompt");
  args.prompt_2 = call.value("prompt_2", "");
  if (call.contains("negative_prompt")) {
    args.negative_prompt = call.at("negative_prompt").get<std::string>();
  }
  args.negative_prompt_2 = call.value("negative_prompt_2", "");
  args.prompt_syntax = sdxl::prompt_syntax(call.value("prompt_syntax", "plain"));
  args.clip_skip = call.value("clip_skip", 0);
  args.num_inference_steps = call.at("num_inference_steps");
  args.timesteps = call.value("timesteps", std::vector<double>());
  args.sigmas = call.value("sigmas", std::vector<double>());
  if (call.contains("denoising_end")) args.denoising_end = call.at("denoising_end").get<double>();
  args.guidance_scale = call.value("guidance_scale", args.guidance_scale);
  args.guidance_rescale = call.value("guidance_rescale", 0.0);
  args.num_images_per_prompt = call.value("num_images_per_prompt", 1);
  const PixelSize crop = size("crops_coords_top_left", {});
  args.sizes = {.original_size = size("original_size", default_size),
                .crop_top = crop.height,
                .crop_left = crop.width,
                .target_size = size("target_size", default_size),
                .aesthetic_score = call.value("aesthetic_score", 6.0)};
}

sdxl::MicroConditioning PipelineGolden::negative_sizes(
    const sdxl::MicroConditioning& fallback) const {
  const PixelSize crop =
      size("negative_crops_coords_top_left", {fallback.crop_top, fallback.crop_left});
  return {.original_size = size("negative_original_size", fallback.original_size),
          .crop_top = crop.height,
          .crop_left = crop.width,
          .target_size = size("negative_target_size", fallback.target_size),
          .aesthetic_score = call.value("negative_aesthetic_score", fallback.aesthetic_score)};
}

void PipelineGolden::check(const Draw& draw) const {
  sdxl::SchedulerConfig config = model.scheduler_config;
  config.eta = call.value("eta", 0.0);
  const auto scheduler = make_scheduler(config, golden.metadata("scheduler"));
  const auto noise = noise_of(golden.metadata("seed"));
  std::vector<nn::Recorder::Entry> ours, theirs;
  const auto add = [&](const std::string& path, const Tensor& latents) {
    ours.push_back({path, latents});
    theirs.push_back({path, golden.output(path)});
  };
  sdxl::StepHooks hooks;
  hooks.after = [&](int i, int, const Tensor& latents) {
    add("latents." + std::to_string(i), latents);
  };
  const Tensor latents = draw(*scheduler, *noise, hooks);
  add("latents", latents);
  CHECK(nn::compare(ours, theirs).verdict(1e-4) == "");
  CHECK_FALSE(golden.has_output("latents." + std::to_string(ours.size() - 1)));  // one step more
  check_pixels(decode_latents(*model.vae, latents), golden.output("pixels"));    // (N, H, W, 3)
}

}  // namespace support
