#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nn/observe/knob.h"
#include "nn/trace.h"
#include "sdxl/inspect/latent_colours.h"
#include "sdxl/inspect/skips.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

/// What the page has open: a model, its last run, and a step of that run with all tensors inside.
namespace web {

using nlohmann::json;
using tensor::Tensor;
using Knobs = std::vector<std::unique_ptr<nn::Knob>>;

/// One step of a run: the inputs of the UNet, so that it can run again alone, and what came of it.
struct Step {
  const sdxl::UNet2DConditionModel* unet = nullptr;
  Tensor sample, timestep;
  sdxl::Conditioning cond;
  Tensor predicted;  // x_0, (1, 4, h, w)
  Tensor latents;    // after the step
};

/// A run, as far as it is kept.
struct Run {
  json options;
  std::vector<Step> steps;
  tensor::Image picture;
  std::shared_ptr<nn::Recorder> around;  // modules of the text encoders
};

struct Session {
  std::unique_ptr<sdxl::StableDiffusionXL> base,
      refiner;  // the refiner is opened when it is wanted
  std::unique_ptr<sdxl::LatentColours> colours;
  Run run, kept;  // the last one, and one to compare it with
  /// The modules of a UNet in one step of the run, or those of the autoencoder.
  std::unique_ptr<nn::Recorder> inside;

  const sdxl::StableDiffusionXL& model() const;
  /// All components, in the order in which they run.
  std::vector<const nn::Module*> components() const;
  /// Errors: std::runtime_error naming the nearest paths.
  const nn::Module& module(const std::string& path) const;
};

/// The one session of the page.
Session& session();

/// Errors: std::invalid_argument for a step that the last run did not take.
const Step& step_of_run(int step);

/// Draws a picture. `options` are those of `sdxl generate`, under diffusers' names:
///
///   prompt, negative_prompt, seed, scheduler, num_inference_steps, guidance_scale, height, width,
///   original_size, crop, target_size, aesthetic_score
///   refiner   {"high_noise_fraction": 0.8} or {"strength": 0.3}
///   knobs     see make_knobs
///   mistakes  see mistakes.h
///   watch     paths whose outputs are shown to the page in each step
///
/// Returns what is known beside the picture: tokens, timesteps.
/// Errors: those of the pipelines; std::invalid_argument for options of another type.
json draw(const json& options);

/// Runs the UNet of a step of the last run again and keeps every tensor, with a timestep of its own
/// unless that is below 0. The outputs are the same to the last bit.
void look(int step, double timestep);
/// Decodes the picture of the last run again and keeps every tensor of the autoencoder.
void look_at_decoder();
/// The predicted x_0 of a step as a picture.
tensor::Image predicted_picture(int step);

/// {"mute": [GLOB], "scale": ["GLOB=F"], "mute_head": ["PATH:HEAD"], "mute_skip": [K]}, as docs/knobs.md
/// has them.
Knobs make_knobs(const json& options);

/// A tensor by name:
///
///   PATH                    the output of a module
///   inputs/PATH/NAME        an argument of its forward
///   parameters/PATH/NAME    "weight" or "bias", as float32
///   textbook/PATH           the output computed again by the loops of the definition, in double
///   attention/PATH          softmax(q k^T / sqrt(D)), (N, heads, T, S)
///   steps/K/predicted, steps/K/latents, steps/K/sample
///
/// Errors: std::runtime_error for a name without a tensor.
Tensor tensor_of(const std::string& name);

/// The modules of a component of the open model ("unet", "vae", "text_encoder", "refiner.unet"), or
/// of a published one ("sdxl-base"), without weights: what `sdxl tree --json` prints, and the skips.
json tree(const std::string& component);
/// Names, shapes of a module's inputs, parameters and output in the step that was looked at.
json describe(const std::string& path);
/// How a text is cut into tokens: "pieces", "cut_off" and "words" with their tokens.
json tokens_of(const std::string& text);

}  // namespace web
