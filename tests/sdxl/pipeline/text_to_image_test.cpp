#include "sdxl/pipeline/text_to_image.h"

#include <doctest/doctest.h>

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/prompt_features.h"
#include "tensor/ops.h"

using sdxl::PromptFeatures;
using sdxl::StableDiffusionXL;
using tensor::Tensor;

namespace {

/// The tiny model that ships, opened once.
const StableDiffusionXL& tiny_model() {
  static const StableDiffusionXL model{
      sdxl::DiffusersFolder(GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model")};
  return model;
}

bool equal(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return false;
  return std::equal(a.data(), a.data() + a.size(), b.data());
}

sdxl::TextToImage few_steps() {
  sdxl::TextToImage args;
  args.prompt = "a red ring";
  args.num_inference_steps = 2;
  args.size = {64, 64};
  args.sizes = {.original_size = {64, 64}, .target_size = {64, 64}};
  return args;
}

Tensor draw(const sdxl::TextToImage& args, uint64_t seed = 3) {
  sdxl::SeededNoise noise(seed);
  const auto scheduler = sdxl::make_scheduler(tiny_model().scheduler_config);
  return sdxl::text_to_image(tiny_model(), *scheduler, args, noise);
}

}  // namespace

TEST_CASE("pipeline: the context has both encoders' channels and the pooled text is encoder 2's") {
  const StableDiffusionXL& model = tiny_model();
  const PromptFeatures features = sdxl::encode_prompt(model, {"a red ring", ""});
  CHECK(features.context.shape() == tensor::Shape{1, 77, 64 + 96});
  CHECK(features.pooled.shape() == tensor::Shape{1, 96});
  const sdxl::TextFeatures second =
      model.text_encoder_2->forward({model.tokenizer_2->encode("a red ring").ids});
  CHECK(equal(features.pooled, second.pooled));
  const Tensor right = slice(features.context, 2, 64, 160);
  CHECK(equal(right, second.hidden_states[second.hidden_states.size() - 2]));
}

TEST_CASE("pipeline: each step reports its predicted x_0 and the last step returns it") {
  const StableDiffusionXL& model = tiny_model();
  for (const std::string& name : sdxl::scheduler_names()) {
    CAPTURE(name);
    std::vector<std::string> order;
    Tensor predicted;
    const sdxl::StepHooks hooks = {
        .before = [&](int i, int) { order.push_back("before " + std::to_string(i)); },
        .predicted =
            [&](int i, int, const Tensor& x0) {
              order.push_back("predicted " + std::to_string(i));
              predicted = x0;
            },
        .after = [&](int i, int, const Tensor&) { order.push_back("after " + std::to_string(i)); }};
    sdxl::SchedulerConfig config = model.scheduler_config;
    config.set_alpha_to_one = true;
    config.skip_prk_steps = true;
    config.timestep_spacing = sdxl::TimestepSpacing::trailing;  // the last step is a long one
    sdxl::SeededNoise noise(3);
    const auto scheduler = sdxl::make_scheduler(config, name);
    const Tensor latents = sdxl::text_to_image(model, *scheduler, few_steps(), noise, hooks);
    std::vector<std::string> expected;
    for (size_t i = 0; i < scheduler->timesteps().size(); ++i) {
      for (const char* hook : {"before ", "predicted ", "after "}) {
        expected.push_back(hook + std::to_string(i));
      }
    }
    CHECK(order == expected);
    if (name == "pndm") continue;  // steps by several predictions of noise, not by one of x_0
    if (name == "deis" || name == "tcd") continue;  // end at the noise of timestep 0
    CHECK(tensor::mean(sqrt((predicted - latents) * (predicted - latents))) < 0.01);
  }
}

TEST_CASE("pipeline: the tensor that the edit hook returns is the next step's sample") {
  const StableDiffusionXL& model = tiny_model();
  std::vector<float> after;
  const sdxl::StepHooks hooks = {
      .edit = [&](int i, int n,
                  const Tensor& x) { return i + 1 == n ? Tensor::full(x.shape(), 2) : x; },
      .after =
          [&](int, int, const Tensor& x) {
            after.push_back(x.at({0, 0, 0, 0}));
          }};
  sdxl::SeededNoise noise(3);
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  const Tensor latents = sdxl::text_to_image(model, *scheduler, few_steps(), noise, hooks);
  REQUIRE(after.size() == 2);
  CHECK(after[0] != 2.0f);
  CHECK(after[1] == 2.0f);
  CHECK(equal(latents, Tensor::full({1, 4, 8, 8}, 2)));
}

TEST_CASE("pipeline: an empty second prompt stands for the first one") {
  const StableDiffusionXL& model = tiny_model();
  const Tensor same = sdxl::encode_prompt(model, {"a red ring", "a red ring"}).pooled;
  CHECK(equal(sdxl::encode_prompt(model, {"a red ring", ""}).pooled, same));
  CHECK_FALSE(equal(sdxl::encode_prompt(model, {"a red ring", "a star"}).pooled, same));
}

TEST_CASE("pipeline: an absent negative prompt is the empty text unless zeros are forced") {
  const StableDiffusionXL& model = tiny_model();
  REQUIRE_FALSE(model.checkpoint->force_zeros_for_empty_prompt());
  const PromptFeatures positive = sdxl::encode_prompt(model, {"a red ring", ""});
  const PromptFeatures none = sdxl::encode_negative_prompt(model, std::nullopt, "", positive);
  CHECK(equal(none.context, sdxl::encode_prompt(model, {"", ""}).context));
}

TEST_CASE("pipeline: clip_skip beyond the layers is refused") {
  const StableDiffusionXL& model = tiny_model();
  CHECK_NOTHROW(sdxl::encode_prompt(model, {"a", ""}, 2));
  CHECK_THROWS_WITH_AS(sdxl::encode_prompt(model, {"a", ""}, 3),
                       doctest::Contains("clip_skip: expected 0 to 2"), std::invalid_argument);
}

TEST_CASE("pipeline: guidance of 1 or less runs no unconditional input") {
  sdxl::TextToImage args = few_steps();
  CHECK(sdxl::make_guidance(tiny_model(), args).is_on());
  args.guidance_scale = 1.0;
  CHECK_FALSE(sdxl::make_guidance(tiny_model(), args).is_on());
}

TEST_CASE("pipeline: given latents replace the first draw of noise") {
  const Tensor drawn = draw(few_steps());
  sdxl::TextToImage args = few_steps();
  args.latents = sdxl::SeededNoise(3).draw({1, 4, 8, 8});
  CHECK(equal(draw(args, 99), drawn));
  args.latents = Tensor::zeros({1, 4, 8, 9});
  CHECK_THROWS_AS(draw(args), std::invalid_argument);
}

TEST_CASE("pipeline: sizes that are no multiples of 8 are refused") {
  sdxl::TextToImage args = few_steps();
  args.size = {64, 60};
  CHECK_THROWS_WITH_AS(draw(args), doctest::Contains("multiples of 8, got 64 x 60"),
                       std::invalid_argument);
}

TEST_CASE("pipeline: an image of a batch equals the same image alone") {
  sdxl::TextToImage args = few_steps();
  args.num_images_per_prompt = 2;
  const Tensor both = draw(args);
  args.num_images_per_prompt = 1;
  args.latents = slice(sdxl::SeededNoise(3).draw({2, 4, 8, 8}), 0, 1, 2);
  const Tensor alone = draw(args);
  const Tensor second = slice(both, 0, 1, 2);
  double largest = 0.0;
  for (int64_t i = 0; i < alone.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(alone.data()[i] - second.data()[i])));
  }
  CHECK(largest < 1e-3);
}

TEST_CASE("pipeline: a NaN is refused with the component and the first module") {
  sdxl::TextToImage args = few_steps();
  args.latents = Tensor::full({1, 4, 8, 8}, std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS_WITH_AS(draw(args), doctest::Contains("unet.conv_in: output holds NaN"),
                       std::runtime_error);
}
