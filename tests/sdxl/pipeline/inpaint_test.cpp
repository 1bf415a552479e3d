#include "sdxl/pipeline/inpaint.h"

#include <doctest/doctest.h>

#include "tensor/image/image.h"
#include "tensor/image/resize.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/paths.h"

using sdxl::Inpaint;
using tensor::Tensor;

namespace {

/// Bytes (H, W, 3) at the size of the image to draw.
tensor::Image fitting(const Tensor& bytes, const sdxl::PixelSize& size) {
  const tensor::Image image{
      bytes.dim(0), bytes.dim(1), {bytes.data(), bytes.data() + bytes.size()}};
  return resize_lanczos(image, size.height, size.width);
}

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::PipelineGolden golden("inpaint_" + name);
  const sdxl::PixelSize size = {golden.call.at("height"), golden.call.at("width")};
  Inpaint args;
  const Tensor image = golden.golden.input("image");
  args.image = image.shape().rank() == 4 ? image : tensor::from_image(fitting(image, size));
  args.mask = tensor::mask_from_image(fitting(golden.golden.input("mask"), size));
  golden.read(args, size);
  if (golden.call.contains("negative_original_size")) {
    args.negative_sizes = golden.negative_sizes({});
  }
  args.strength = golden.call.value("strength", args.strength);
  if (golden.call.contains("denoising_start")) {
    args.denoising_start = golden.call.at("denoising_start").get<double>();
  }
  golden.check(
      [&](sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
        return sdxl::inpaint(golden.model, scheduler, args, noise, hooks);
      });
}

/// The error message for an image and a mask of these shapes.
std::string message(const std::string& model_name, const tensor::Shape& image,
                    const tensor::Shape& mask) {
  const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(support::golden_path("").parent_path() / "models" / model_name)};
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  Inpaint args;
  args.prompt = "a red ring";
  args.image = Tensor::zeros(image);
  args.mask = Tensor::zeros(mask);
  sdxl::SeededNoise noise(1);
  try {
    sdxl::inpaint(model, *scheduler, args, noise);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("inpaint: solvers that evaluate twice, and multistep ones, equal diffusers") {
  check_case("heun");
  check_case("kdpm2");
  check_case("pndm");
  check_case("unipc");
}

TEST_CASE("inpaint: latent blending with an ordinary UNet equals diffusers") {
  check_case("full");
  check_case("strength");
  check_case("latents");
  check_case("lcm");
}

TEST_CASE("inpaint: a strength of 1 starts from noise alone with the draws of diffusers") {
  check_case("noise_alone");
}

TEST_CASE("inpaint: a part of the schedule equals diffusers") {
  check_case("part");
  check_case("nine_part");
}

TEST_CASE("inpaint: latent blending with a refiner equals diffusers") { check_case("refiner"); }

TEST_CASE("inpaint: an inpainting UNet takes the mask and the masked image as concatenated input") {
  check_case("nine_full");
  check_case("nine_noise_alone");
}

TEST_CASE("inpaint: with a generator for each image the first one samples the latents") {
  check_case("seeds");
  check_case("nine_seeds");
}

TEST_CASE("inpaint: masks of another size and latents for nine channels are refused") {
  CHECK(message("refiner_f16", {1, 3, 16, 24}, {1, 1, 24, 16}) ==
        "mask: expected (1, 1, 16, 24), the size of the image, got (1, 1, 24, 16)");
  CHECK(message("refiner_f16", {1, 4, 2, 3}, {1, 1, 2, 3}) ==
        "mask: expected (1, 1, 16, 24), the size of the image, got (1, 1, 2, 3)");
  CHECK(message("inpaint_f16", {1, 4, 2, 3}, {1, 1, 16, 24}) ==
        "image: inpaint_f16 is an inpainting model, which encodes the masked image; expected the "
        "image (N, 3, H, W) and not its latents, got (1, 4, 2, 3)");
  CHECK(message("inpaint_f16", {1, 5, 2, 3}, {1, 1, 16, 24}) ==
        "image: expected an image (N, 3, H, W) or latents (N, 4, h, w), got (1, 5, 2, 3)");
}
