#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/io/image.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

// Whole pipelines on tiny models, saved in every way that diffusers and transformers save them,
// against what diffusers draws with them from the same seed.

using namespace sdxl;
using nlohmann::json;

namespace {

PixelSize size_of(const json& pair) { return {pair[0].get<int64_t>(), pair[1].get<int64_t>()}; }

/// Diffusers' arguments of a call as ours.
TextToImage read_arguments(const json& call, const StableDiffusionXL& model) {
  TextToImage args;
  args.prompt = call.at("prompt");
  args.prompt_2 = call.value("prompt_2", "");
  if (call.contains("negative_prompt"))
    args.negative_prompt = call.at("negative_prompt").get<std::string>();
  args.negative_prompt_2 = call.value("negative_prompt_2", "");
  args.clip_skip = call.value("clip_skip", 0);
  args.num_inference_steps = call.at("num_inference_steps");
  if (call.contains("denoising_end")) args.denoising_end = call.at("denoising_end").get<double>();
  args.guidance_scale = call.value("guidance_scale", 5.0);
  args.guidance_rescale = call.value("guidance_rescale", 0.0);
  args.num_images_per_prompt = call.value("num_images_per_prompt", 1);
  args.size = {call.value("height", model.default_size().height),
               call.value("width", model.default_size().width)};

  const auto size = [&](const char* key) {
    return call.contains(key) ? size_of(call.at(key)) : args.size;
  };
  const auto corner = [&](const char* key) {
    return call.contains(key) ? size_of(call.at(key)) : PixelSize{};
  };
  const PixelSize crop = corner("crops_coords_top_left");
  args.sizes = {size("original_size"), crop.height, crop.width, size("target_size")};
  // As in diffusers, negative sizes count only where both are given.
  if (call.contains("negative_original_size") && call.contains("negative_target_size")) {
    const PixelSize negative_crop = corner("negative_crops_coords_top_left");
    args.negative_sizes = {size("negative_original_size"), negative_crop.height,
                           negative_crop.width, size("negative_target_size")};
  }
  return args;
}

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::Golden golden("pipeline_" + name);
  const StableDiffusionXL model(DiffusersFolder(support::golden_path("").parent_path() / "models" /
                                                golden.metadata("model")));
  const TextToImage args = read_arguments(json::parse(golden.metadata("arguments")), model);
  const auto scheduler = make_scheduler(model.scheduler_config, golden.metadata("scheduler"));
  SeededNoise noise(std::stoull(golden.metadata("seed")));

  std::vector<nn::Recorder::Entry> ours, theirs;
  StepHooks hooks;
  hooks.after = [&](int i, int, const Tensor& latents) {
    const std::string path = "latents." + std::to_string(i);
    ours.push_back({path, latents});
    theirs.push_back({path, golden.output(path)});
  };
  const Tensor latents = text_to_image(model, *scheduler, args, noise, hooks);
  ours.push_back({"latents", latents});
  theirs.push_back({"latents", golden.output("latents")});
  CHECK(nn::compare(ours, theirs).verdict(1e-4) == "");

  const Tensor pixels = golden.output("pixels");  // (N, H, W, 3)
  const Tensor images = decode_latents(model.vae, latents);
  const int64_t bytes = pixels.size() / pixels.dim(0);
  for (int64_t n = 0; n < images.dim(0); ++n) {
    const tensor::io::Image image = tensor::io::to_image(slice(images, 0, n, n + 1));
    REQUIRE(static_cast<int64_t>(image.pixels.size()) == bytes);
    double largest = 0.0;
    for (int64_t i = 0; i < bytes; ++i) {
      largest = std::max(
          largest, std::abs(static_cast<double>(image.pixels[i]) - pixels.data()[n * bytes + i]));
    }
    CHECK(largest <= 1.0);
  }
}

}  // namespace

TEST_CASE("pipeline: euler draws what diffusers draws") {
  check_case("euler");
  check_case("euler_without_guidance");
}

TEST_CASE("pipeline: all prompts and sizes and their negatives reach the UNet") {
  check_case("euler_full");
}

TEST_CASE("pipeline: several pictures and rescaled guidance equal diffusers") {
  check_case("euler_two_images");
}

TEST_CASE(
    "pipeline: negative prompts follow diffusers where they are empty or only the second is "
    "given") {
  check_case("euler_negative_2_alone");
  check_case("euler_empty_negative");
}

TEST_CASE("pipeline: denoising_end stops where diffusers stops") {
  check_case("euler_denoising_end");
}

TEST_CASE("pipeline: clip_skip takes an earlier layer") { check_case("euler_clip_skip"); }

TEST_CASE("pipeline: ddpm draws what diffusers draws and latents may have odd sizes") {
  check_case("ddpm");
  check_case("ddpm_odd_latents");
}

TEST_CASE("pipeline: half precision variants in shards with trailing steps") {
  check_case("f16_trailing");
  check_case("f16_ddpm");
}

TEST_CASE("pipeline: bfloat16 with v prediction and linspace steps") {
  check_case("bf16_linspace_v");
  check_case("bf16_ddpm_v");
}
