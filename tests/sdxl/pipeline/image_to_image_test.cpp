#include "sdxl/pipeline/image_to_image.h"

#include <doctest/doctest.h>

#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/paths.h"

using sdxl::ImageToImage;
using sdxl::StepRange;

namespace {

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::PipelineGolden golden("image_to_image_" + name);
  ImageToImage args;
  args.image = golden.golden.input("image");
  const int64_t scale = args.image.dim(1) == 3 ? 1 : 8;
  golden.read(args, {scale * args.image.dim(2), scale * args.image.dim(3)});
  if (golden.call.contains("negative_original_size")) {
    args.negative_sizes = golden.negative_sizes({});
  }
  args.strength = golden.call.value("strength", args.strength);
  if (golden.call.contains("denoising_start")) {
    args.denoising_start = golden.call.at("denoising_start").get<double>();
  }
  golden.check(
      [&](sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
        return sdxl::image_to_image(golden.model, scheduler, args, noise, hooks);
      });
}

StepRange range(const sdxl::Scheduler& scheduler, std::optional<double> start,
                std::optional<double> end, double strength = 0.3) {
  ImageToImage args;
  args.denoising_start = start;
  args.denoising_end = end;
  args.strength = strength;
  return sdxl::image_to_image_steps(scheduler, args, 1000);
}

/// A schedule of these timesteps.
class Fixed : public sdxl::Scheduler {
 public:
  explicit Fixed(std::vector<float> timesteps) : Scheduler({}) {
    timesteps_ = std::move(timesteps);
  }

  void set_timesteps(int) override {}
  sdxl::NoiseLevel level(int) const override { return {}; }
  tensor::Tensor step(const tensor::Tensor&, int, const tensor::Tensor& sample,
                      sdxl::NoiseSource&) override {
    return sample;
  }
};

std::unique_ptr<sdxl::Scheduler> scheduler_of(const std::string& name, int steps) {
  sdxl::SchedulerConfig config;
  config.timestep_spacing = sdxl::TimestepSpacing::leading;
  config.steps_offset = 1;
  config.skip_prk_steps = true;
  auto scheduler = sdxl::make_scheduler(config, name);
  scheduler->set_timesteps(steps);
  return scheduler;
}

}  // namespace

TEST_CASE("image to image: the results for images and for latents equal diffusers") {
  check_case("image");
  check_case("full");
  check_case("latents");
}

TEST_CASE("image to image: a base's unconditional input has the conditional crop") {
  check_case("crop");
}

TEST_CASE("image to image: a part of the schedule and a start of exactly 0 equal diffusers") {
  check_case("part");
  check_case("start_0");
}

TEST_CASE("image to image: half precision with other schedulers equals diffusers") {
  check_case("bf16_ddpm");
  check_case("f16_ancestral");
  check_case("lcm");
}

TEST_CASE("image to image: other solvers and a given schedule start where diffusers starts") {
  check_case("heun");
  check_case("heun_part");
  check_case("pndm");
  check_case("unipc");
  check_case("edm");
  check_case("ays");
}

TEST_CASE("image to image: with a generator for each image each one samples its latents") {
  check_case("seeds");
}

TEST_CASE("refiner: image to image on an image and on finished latents equals diffusers") {
  check_case("refiner_image");
  check_case("refiner_latents");
}

TEST_CASE("refiner: the expert for the last steps equals diffusers' two pipelines") {
  check_case("refiner_expert");
  check_case("refiner_expert_2m");
}

TEST_CASE("refiner: base and refiner share a schedule and no step is taken twice or left out") {
  sdxl::SchedulerConfig config;
  config.skip_prk_steps = true;
  for (const std::string& name : sdxl::scheduler_names()) {
    CAPTURE(name);
    if (name == "heun" || name == "kdpm2" || name.starts_with("edm")) continue;  // see below
    const auto scheduler = sdxl::make_scheduler(config, name);
    for (int steps = 1; steps <= (name == "lcm" || name == "tcd" ? 50 : 100); ++steps) {
      CAPTURE(steps);
      scheduler->set_timesteps(steps);
      const std::vector<float>& timesteps = scheduler->timesteps();
      bool is_split = true;
      for (int percent = 1; percent < 1000; ++percent) {
        const double share = percent / 1000.0;
        const int base = sdxl::steps_until(*scheduler, share, 1000);
        const StepRange refiner = range(*scheduler, share, std::nullopt);
        is_split =
            is_split && refiner.first == base && refiner.last == static_cast<int>(timesteps.size());
      }
      CHECK(is_split);
    }
  }
}

TEST_CASE("image to image: strengths and shares choose the steps that diffusers chooses") {
  std::vector<float> timesteps;  // leading, ten steps
  for (int t = 901; t > 0; t -= 100) timesteps.push_back(static_cast<float>(t));
  const Fixed ten(timesteps);
  CHECK(range(ten, 0.3, std::nullopt).first == 3);  // 901 801 701 | 601 ...
  CHECK(range(ten, 0.7, std::nullopt).first == 7);
  CHECK(range(ten, 0.8, std::nullopt).first == 8);
  CHECK(range(ten, 0.3, 0.7).count() == 4);
  CHECK(range(ten, std::nullopt, std::nullopt, 0.5).first == 5);
  CHECK(range(ten, std::nullopt, 0.3, 0.5).count() == 0);
  CHECK(range(ten, 1.0, std::nullopt, 0.5).first == 5);

  const Fixed fifty(std::vector<float>(50)), hundred(std::vector<float>(100));
  CHECK(range(fifty, std::nullopt, std::nullopt, 0.3).count() == 15);
  CHECK(range(fifty, std::nullopt, std::nullopt, 0.58).count() == 28);  // not 29
  CHECK(range(hundred, std::nullopt, std::nullopt, 0.29).count() == 28);
  CHECK(range(hundred, std::nullopt, std::nullopt, 1.0).count() == 100);
  CHECK_THROWS_WITH(range(fifty, std::nullopt, std::nullopt, 0.01),
                    "strength: 0.01 of 50 steps is less than one step; expected at least 0.02");
  CHECK_THROWS_WITH(range(fifty, 0.7, 0.7),
                    "denoising_start: expected less than denoising_end, got 0.7 and 0.7");
}

TEST_CASE("image to image: schedulers that repeat timesteps begin where diffusers begins") {
  // Heun's 901, 801, 801, 701, 701 ... 1, 1: a run begins with a whole step.
  const auto heun = scheduler_of("heun", 10);
  CHECK(heun->timesteps().size() == 19);
  CHECK(range(*heun, std::nullopt, std::nullopt, 0.3).first == 14);
  CHECK(range(*heun, std::nullopt, std::nullopt, 1.0).first == 0);
  CHECK(range(*heun, 0.3, std::nullopt).first == 4);  // 701 is the last before the share
  CHECK(sdxl::steps_until(*heun, 0.3, 1000) == 5);
  // PNDM's 901, 801, 801, 701 ...
  const auto pndm = scheduler_of("pndm", 10);
  CHECK(pndm->timesteps().size() == 11);
  CHECK(range(*pndm, std::nullopt, std::nullopt, 0.3).first == 7);
  CHECK(range(*pndm, std::nullopt, std::nullopt, 0.3).last == 11);
  CHECK(range(*pndm, 0.3, std::nullopt).first == 4);
  CHECK_THROWS_WITH(range(*scheduler_of("edm-euler", 10), 0.3, std::nullopt),
                    "denoising_end and denoising_start are shares of training's steps, which EDM's "
                    "schedule does not have");
}

TEST_CASE("image to image: images of a wrong shape are refused before any work") {
  const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(support::golden_path("").parent_path() / "models" / "refiner_f16")};
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  const auto message = [&](const tensor::Shape& shape, int64_t images = 1) -> std::string {
    ImageToImage args;
    args.prompt = "a red ring";
    args.image = tensor::Tensor::zeros(shape);
    args.num_images_per_prompt = images;
    sdxl::SeededNoise noise(1);
    try {
      sdxl::image_to_image(model, *scheduler, args, noise);
      return "";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  CHECK(message({1, 5, 8, 8}) ==
        "image: expected an image (N, 3, H, W) or latents (N, 4, h, w), got (1, 5, 8, 8)");
  CHECK(message({1, 3, 16, 12}) == "image: expected sides in multiples of 8, got (1, 3, 16, 12)");
  CHECK(message({2, 4, 2, 2}, 3) ==
        "image: expected one, or one for each of 3 images to draw, got 2");
}

TEST_CASE("refiner: a text alone is refused") {
  const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(support::golden_path("").parent_path() / "models" / "refiner_f16")};
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  sdxl::TextToImage args;
  args.size = {64, 64};
  sdxl::SeededNoise noise(1);
  CHECK_THROWS_WITH(sdxl::text_to_image(model, *scheduler, args, noise),
                    "refiner_f16 is a refiner: it draws nothing from a text alone, but goes on "
                    "from an image or from a base's latents");
}
