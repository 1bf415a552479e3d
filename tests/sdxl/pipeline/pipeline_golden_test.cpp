#include "tests/sdxl/pipeline/pipeline_golden.h"

#include <doctest/doctest.h>

#include "sdxl/pipeline/text_to_image.h"

// Text to image with tiny models, saved in every way that diffusers and transformers save them,
// against what diffusers draws with them from the same seed.

namespace {

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::PipelineGolden golden("pipeline_" + name);
  sdxl::TextToImage args;
  args.size = {golden.call.value("height", golden.model.default_size().height),
               golden.call.value("width", golden.model.default_size().width)};
  golden.read(args, args.size);
  // As in diffusers, negative sizes count only where both are given.
  if (golden.call.contains("negative_original_size") &&
      golden.call.contains("negative_target_size")) {
    args.negative_sizes = golden.negative_sizes({});
  }
  golden.check(
      [&](sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
        return sdxl::text_to_image(golden.model, scheduler, args, noise, hooks);
      });
}

}  // namespace

TEST_CASE("pipeline: euler draws what diffusers draws") {
  check_case("euler");
  check_case("euler_without_guidance");
}

TEST_CASE("pipeline: all prompts and sizes and their negatives reach the UNet") {
  check_case("euler_full");
}

TEST_CASE("pipeline: several images and rescaled guidance equal diffusers") {
  check_case("euler_two_images");
}

TEST_CASE("pipeline: empty negative prompts and a second one alone equal diffusers") {
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

TEST_CASE("pipeline: half precision in shards with trailing steps equals diffusers") {
  check_case("f16_trailing");
  check_case("f16_ddpm");
}

TEST_CASE("pipeline: bfloat16 with v-prediction and linspace steps equals diffusers") {
  check_case("bf16_linspace_v");
  check_case("bf16_ddpm_v");
}

TEST_CASE("pipeline: every scheduler draws what it draws in diffusers") {
  check_case("ddim");
  check_case("ddim_eta");
  check_case("ancestral");
  check_case("2m");
  check_case("2m_karras");
  check_case("bf16_ddim_v");
  check_case("bf16_2m_v");
}

TEST_CASE("pipeline: solvers of second order and of several steps equal diffusers") {
  check_case("heun");
  check_case("heun_end");
  check_case("kdpm2");
  check_case("deis");
  check_case("unipc");
  check_case("2m_sde_end");
}

TEST_CASE("pipeline: schedulers of distilled models and of EDM's form equal diffusers") {
  check_case("tcd_eta");
  check_case("edm_2m");
}

TEST_CASE("pipeline: given timesteps and noise levels equal diffusers") {
  check_case("ays");
  check_case("sigmas");
}

TEST_CASE("pipeline: a generator for each image draws what diffusers draws from a list") {
  check_case("seeds");
}

TEST_CASE("pipeline: turbo takes one to four trailing steps without guidance") {
  check_case("turbo_1");
  check_case("turbo_2");
  check_case("turbo_4");
}

TEST_CASE("pipeline: lcm is conditioned on the guidance scale or guided as an ordinary UNet") {
  check_case("lcm");
  check_case("lcm_without_guidance");
  check_case("lcm_guided");
}
