#include <doctest/doctest.h>

#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"

// Stable Diffusion 1 and 2, which have one text encoder and no conditioning on sizes, by the same
// pipelines as SDXL, against what diffusers' StableDiffusionPipeline draws.

namespace {

using sdxl::NoiseSource;
using sdxl::Scheduler;
using sdxl::StepHooks;

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::PipelineGolden golden("stable_diffusion_" + name);
  sdxl::TextToImage args;
  args.size = {golden.call.value("height", golden.model.default_size().height),
               golden.call.value("width", golden.model.default_size().width)};
  golden.read(args, args.size);
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    return sdxl::text_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

}  // namespace

TEST_CASE("stable diffusion: version 1 draws what diffusers draws") {
  check_case("1_ddim");
  check_case("1_alone");
}

TEST_CASE("stable diffusion: clip_skip and several images equal diffusers") {
  check_case("1_euler");
}

TEST_CASE("stable diffusion: version 2 predicts v and draws what diffusers draws") {
  check_case("2_ddim");
  check_case("2_euler");
}

TEST_CASE("stable diffusion: image to image equals diffusers") {
  const support::PipelineGolden golden("stable_diffusion_1_image");
  sdxl::ImageToImage args;
  golden.read(args, {});
  args.image = golden.golden.input("image");
  args.strength = golden.call.at("strength");
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    return sdxl::image_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

TEST_CASE("stable diffusion: PNDM, version 1's own scheduler, equals diffusers") {
  const support::PipelineGolden golden("stable_diffusion_1_pndm");
  CHECK(golden.model.scheduler_config.class_name == "PNDMScheduler");
  CHECK_FALSE(golden.model.tokenizer_2);
  check_case("1_pndm");
}
