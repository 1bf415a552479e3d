#include "sdxl/inspect/latent_colours.h"

#include <doctest/doctest.h>

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/ops.h"

using tensor::Tensor;

namespace {

const sdxl::StableDiffusionXL& tiny_model() {
  static const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model")};
  return model;
}

/// The largest difference of two images' mean colours; each channel goes from -1 to 1.
double colour_gap(const Tensor& a, const Tensor& b) {
  double gap = 0.0;
  for (int channel = 0; channel < 3; ++channel) {
    const double of_a = mean(slice(a, 1, channel, channel + 1));
    gap = std::max(gap, std::abs(of_a - mean(slice(b, 1, channel, channel + 1))));
  }
  return gap;
}

}  // namespace

TEST_CASE("inspect: least squares find a linear map and refuse dependent columns") {
  const Tensor a = Tensor::from({4, 2}, {1, 0, 0, 1, 1, 1, 2, -1});
  const Tensor x = Tensor::from({2, 3}, {1, -2, 3, 0.5, 4, -1});
  Tensor b = Tensor::from({4, 3}, {1, -2, 3, 0.5, 4, -1, 1.5, 2, 2, 1.5, -8, 7});
  const Tensor found = least_squares(a, b);
  for (int64_t i = 0; i < 6; ++i) CHECK(found.data()[i] == doctest::Approx(x.data()[i]));
  // One column of ones: the mean is what is nearest.
  const Tensor ones = Tensor::full({3, 1}, 1.0f);
  CHECK(least_squares(ones, Tensor::from({3, 1}, {1, 2, 6})).at({0, 0}) == doctest::Approx(3));
  const Tensor twice = Tensor::from({3, 2}, {1, 2, 2, 4, 3, 6});
  CHECK_THROWS_WITH(least_squares(twice, Tensor::zeros({3, 1})),
                    "least_squares: the 2 columns of (3, 2) depend on each other");
  CHECK_THROWS_WITH(least_squares(ones, Tensor::zeros({2, 1})),
                    "least_squares expects (rows, n) and (rows, m), got (3, 1) and (2, 1)");
}

TEST_CASE("inspect: the linear preview has the colours of the decoded image") {
  const sdxl::StableDiffusionXL& model = tiny_model();
  const sdxl::LatentColours colours(*model.vae);
  for (const char* prompt : {"a large yellow star on a blue background", "a red ring on white"}) {
    sdxl::TextToImage args;
    args.prompt = prompt;
    args.num_inference_steps = 8;
    args.size = {128, 128};
    args.sizes = {.original_size = {128, 128}, .target_size = {128, 128}};
    sdxl::SeededNoise noise(1);
    const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
    const Tensor latents = sdxl::text_to_image(model, *scheduler, args, noise);
    const Tensor image = sdxl::decode_latents(*model.vae, latents);
    const Tensor guess = colours.images(latents);
    CHECK(guess.shape() == tensor::Shape{1, 3, 16, 16});
    CHECK(colour_gap(guess, image) < 0.3);  // of 2: a linear guess at a tiny autoencoder
  }
}
