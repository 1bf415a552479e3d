#pragma once

#include <memory>

#include "examples/cli/generate_options.h"
#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"

/// What `sdxl generate` asks of the pipelines.
namespace cli {

/// The numbers of --seed and --rng.
std::unique_ptr<sdxl::NoiseSource> noise_source(const GenerateOptions& options);

/// What --image and --mask name, at the size to draw; empty tensors where they aren't given.
struct Start {
  tensor::Tensor image;  // (1, 3, H, W) from -1 to 1, or latents
  tensor::Tensor mask;   // (1, 1, H, W): 1 where it is repainted
};
/// Errors: std::runtime_error for a file that can't be read or is too small, and for a mask that
/// isn't of the picture's size.
Start read_start(const GenerateOptions& options, const sdxl::StableDiffusionXL& model);

/// The size to draw, in pixels.
sdxl::PixelSize picture_size(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                             const tensor::Tensor& image);

/// The size after the high-resolution fix; the same without it.
sdxl::PixelSize larger_size(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                            const sdxl::PixelSize& size);

/// The first model's turn: text to image; with a picture image to image; with a mask inpainting.
tensor::Tensor draw(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                    const Start& start, const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
                    const sdxl::StepHooks& hooks);

/// The high-resolution fix: finished latents are enlarged to `size` and drawn over.
tensor::Tensor draw_larger(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                           const tensor::Tensor& latents, const sdxl::PixelSize& size,
                           sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks);

/// The second model's turn: the last steps, or image to image on the finished latents, which with a
/// mask repaints them there alone.
tensor::Tensor refine(const GenerateOptions& options, const sdxl::StableDiffusionXL& refiner,
                      const tensor::Tensor& latents, const tensor::Tensor& mask,
                      const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
                      const sdxl::StepHooks& hooks);

}  // namespace cli
