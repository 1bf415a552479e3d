#include "sdxl/pipeline/base_and_refiner.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "sdxl/pipeline/inpaint.h"
#include "tests/support/paths.h"

// Each model's part equals diffusers in image_to_image_test.cpp; here the two parts of one run.

using sdxl::Refinement;
using sdxl::StableDiffusionXL;
using tensor::Tensor;

namespace {

StableDiffusionXL open(const std::string& name) {
  return StableDiffusionXL{
      sdxl::DiffusersFolder(support::golden_path("").parent_path() / "models" / name)};
}

bool equal(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return false;
  return std::equal(a.data(), a.data() + a.size(), b.data());
}

/// Two models, and the number of steps that each took.
struct Pair {
  StableDiffusionXL base = open("two_levels_f16"), refiner = open("refiner_f16");
  std::unique_ptr<sdxl::Scheduler> schedulers[2] = {
      sdxl::make_scheduler(base.scheduler_config, "euler"),
      sdxl::make_scheduler(refiner.scheduler_config, "euler")};
  int steps[2] = {0, 0};

  sdxl::TextToImage args() const {
    sdxl::TextToImage args;
    args.prompt = "a red ring";
    args.num_inference_steps = 5;
    args.size = {16, 24};
    args.sizes = {.original_size = args.size, .target_size = args.size};
    return args;
  }

  Tensor run(const Refinement& refinement) {
    sdxl::SeededNoise noise(3);
    const auto counted = [&](int& count) {
      return sdxl::StepHooks{.before = [&count](int, int) { ++count; }};
    };
    return sdxl::base_and_refiner({base, *schedulers[0], counted(steps[0])},
                                  {refiner, *schedulers[1], counted(steps[1])}, args(), refinement,
                                  noise);
  }

  /// The same by hand, in two calls.
  Tensor by_hand(std::optional<double> end, std::optional<double> start, double strength) {
    sdxl::SeededNoise noise(3);
    sdxl::TextToImage first = args();
    first.denoising_end = end;
    sdxl::ImageToImage second;
    static_cast<sdxl::PipelineArguments&>(second) = args();
    second.image = sdxl::text_to_image(base, *schedulers[0], first, noise);
    second.denoising_start = start;
    second.strength = strength;
    return sdxl::image_to_image(refiner, *schedulers[1], second, noise);
  }
};

}  // namespace

TEST_CASE("base and refiner: an ensemble takes each step of one schedule once") {
  Pair pair;
  const Tensor latents = pair.run({.high_noise_fraction = 0.6});
  CHECK(pair.steps[0] == 3);
  CHECK(pair.steps[1] == 2);
  CHECK(equal(latents, pair.by_hand(0.6, 0.6, 0.3)));
}

TEST_CASE("base and refiner: with a strength the refiner changes finished latents") {
  Pair pair;
  const Tensor latents = pair.run({.strength = 0.4});
  CHECK(pair.steps[0] == 5);
  CHECK(pair.steps[1] == 2);
  CHECK(equal(latents, pair.by_hand({}, {}, 0.4)));
}

TEST_CASE("base and refiner: with a mask the refiner keeps the rest of the latents") {
  Pair pair;
  sdxl::SeededNoise noise(3);
  const Tensor latents = tensor::Generator(5).randn({1, 4, 2, 3});
  const auto refined = [&](float mask) {
    const Refinement refinement{.strength = 0.4, .mask = Tensor::full({1, 1, 16, 24}, mask)};
    return sdxl::refine({pair.refiner, *pair.schedulers[1]}, latents, pair.args(), refinement,
                        noise);
  };
  CHECK(equal(refined(0), latents));
  CHECK_FALSE(equal(refined(1), latents));
}
