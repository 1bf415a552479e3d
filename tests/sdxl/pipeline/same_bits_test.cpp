#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/compute.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/ops.h"
#include "tests/support/paths.h"

using sdxl::StableDiffusionXL;
using tensor::Tensor;

namespace {

const StableDiffusionXL& tiny_model() {
  static const StableDiffusionXL model{
      sdxl::DiffusersFolder(GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model")};
  return model;
}

struct Drawn {
  Tensor latents, image;  // of all images
};

/// One image for each seed, drawn together. Of 256 x 256 pixels, so that kernels have tasks for
/// eight threads.
Drawn draw(const StableDiffusionXL& model, const std::vector<uint64_t>& seeds) {
  sdxl::TextToImage args;
  args.prompt = "a red ring";
  args.num_inference_steps = 2;
  args.num_images_per_prompt = std::ssize(seeds);
  args.size = {256, 256};
  args.sizes = {.original_size = {256, 256}, .target_size = {256, 256}};
  std::vector<std::unique_ptr<sdxl::NoiseSource>> sources;
  for (const uint64_t seed : seeds) sources.push_back(std::make_unique<sdxl::SeededNoise>(seed));
  sdxl::NoisePerImage noise(std::move(sources));
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  const Tensor latents = sdxl::text_to_image(model, *scheduler, args, noise);
  return {latents, decode_latents(*model.vae, latents)};
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

bool same_bits(const Drawn& a, const Drawn& b) {
  return same_bits(a.latents, b.latents) && same_bits(a.image, b.image);
}

/// The largest difference, relative to the largest number.
double relative_difference(const Tensor& ours, const Tensor& theirs) {
  float difference = 0.0f, largest = 0.0f;
  for (int64_t i = 0; i < theirs.size(); ++i) {
    difference = std::max(difference, std::abs(ours.data()[i] - theirs.data()[i]));
    largest = std::max(largest, std::abs(theirs.data()[i]));
  }
  return difference / largest;
}

/// Image i of several.
Drawn one_of(const Drawn& all, int64_t i) {
  return {slice(all.latents, 0, i, i + 1), slice(all.image, 0, i, i + 1)};
}

}  // namespace

TEST_CASE("same bits: on 1, 2, 3, 4 and 8 threads") {
  tensor::set_threads(1);
  const Drawn of_one = draw(tiny_model(), {7});
  for (const int threads : {2, 3, 4, 8}) {
    CAPTURE(threads);
    tensor::set_threads(threads);
    CHECK(same_bits(draw(tiny_model(), {7}), of_one));
  }
  tensor::set_threads(0);
}

TEST_CASE("same bits: an image alone, and as each of three that are drawn together") {
  const Drawn three = draw(tiny_model(), {5, 6, 7});
  for (int64_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(same_bits(one_of(three, i), draw(tiny_model(), {static_cast<uint64_t>(5 + i)})));
  }
}

TEST_CASE("same bits: twice in one process, and after a run of another model") {
  const Drawn first = draw(tiny_model(), {7});
  CHECK(same_bits(draw(tiny_model(), {7}), first));
  {
    const StableDiffusionXL other{
        sdxl::DiffusersFolder(support::test_file("goldens/models/two_levels_f16"))};
    CHECK(!same_bits(draw(other, {7}).latents, first.latents));
  }
  CHECK(same_bits(draw(tiny_model(), {7}), first));
}

TEST_CASE("same bits: with AMX's products of bfloat16 terms the picture is within the limits") {
  using tensor::kernels::fast::Bf16Instructions;
  tensor::kernels::fast::set_bf16_instructions(Bf16Instructions::off);
  const Drawn plain = draw(tiny_model(), {7});
  const bool is_able = tensor::kernels::fast::set_bf16_instructions(Bf16Instructions::scalar);
  const Drawn split = is_able ? draw(tiny_model(), {7}) : plain;
  tensor::kernels::fast::set_bf16_instructions(Bf16Instructions::best);
  const double latents = relative_difference(split.latents, plain.latents);
  const double image = relative_difference(split.image, plain.image);
  MESSAGE("AMX's products: latents " << latents << ", image " << image);
  CHECK(latents < 1e-4);
  CHECK(image < 2.0 / 255);
}
