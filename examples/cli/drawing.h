#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "examples/cli/generate_options.h"
#include "examples/cli/knobs.h"
#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

/// Calls the pipelines with the options of `sdxl generate` and of the commands that inspect a run.
namespace cli {

/// The models of a run, loaded and set up by the options, and the knobs inside them.
struct Models {
  explicit Models(const GenerateOptions& options);
  /// Replaces the knobs by those of the options. Errors: as those of Knobs.
  void set_knobs(const GenerateOptions& options);
  /// The components of all models.
  std::vector<const nn::Module*> components() const;

  std::optional<sdxl::StableDiffusionXL> base, refiner;
  std::unique_ptr<Knobs> knobs;  // null without any
};

/// A random seed.
std::string random_seed();

/// Sets a random seed where none is given, and prints the seed unless quiet.
void settle_seed(GenerateOptions& options);

/// The hooks around the steps of one task, such as "refiner step", of a model.
using HooksOf = std::function<sdxl::StepHooks(const std::string&, const sdxl::StableDiffusionXL&)>;

/// A finished run.
struct Drawing {
  tensor::Tensor latents;    // (N, 4, h, w), scaled
  tensor::Tensor images;     // (N, 3, H, W) from -1 to 1
  tensor::TextChunks texts;  // how they were made
};

/// The whole run, from the seed to the images, with the models' knobs. A base is freed before its refiner runs, so that
/// only one model is in memory.
Drawing draw_all(const GenerateOptions& options, Models& models, const HooksOf& hooks);

/// The random numbers of --seed and --rng.
std::unique_ptr<sdxl::NoiseSource> noise_source(const GenerateOptions& options);

/// --image and --mask at the size to draw; empty tensors where they aren't given.
struct Start {
  tensor::Tensor image;  // (1, 3, H, W) from -1 to 1, or latents
  tensor::Tensor mask;   // (1, 1, H, W): 1 where it is repainted
};
/// Errors: std::runtime_error for a file that can't be read or is too small, and for a mask that
/// isn't of the image's size.
Start read_start(const GenerateOptions& options, const sdxl::StableDiffusionXL& model);

/// The size to draw, in pixels.
sdxl::PixelSize image_size(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                           const tensor::Tensor& image);

/// The size after the high-resolution fix; the same without it.
sdxl::PixelSize larger_size(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                            const sdxl::PixelSize& size);

/// The base's run: text to image; with an image, image to image; with a mask, inpainting.
tensor::Tensor draw(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                    const Start& start, const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
                    const sdxl::StepHooks& hooks);

/// The high-resolution fix: finished latents are enlarged to `size`, then image to image.
tensor::Tensor draw_larger(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                           const tensor::Tensor& latents, const sdxl::PixelSize& size,
                           sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks);

/// The refiner's run on the base's latents: see sdxl::refine.
tensor::Tensor refine(const GenerateOptions& options, const sdxl::StableDiffusionXL& refiner,
                      const tensor::Tensor& latents, const tensor::Tensor& mask,
                      const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
                      const sdxl::StepHooks& hooks);

}  // namespace cli
