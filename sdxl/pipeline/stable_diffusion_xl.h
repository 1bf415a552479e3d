#pragma once

#include <memory>
#include <optional>

#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/vae_files.h"
#include "sdxl/pixel_size.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder.h"

namespace sdxl {

/// Stable Diffusion XL, loaded: its parts in the order of their work, named as in model_index.json.
///
///   prompt -> tokenizers -> text encoders -> UNet, once for each of the scheduler's steps -> VAE
///
/// A refiner has the second tokenizer and text encoder alone; Stable Diffusion 1.5 and 2.1, the
/// forerunners, the first ones, and their UNets are told neither sizes nor a pooled text.
/// diffusers: pipelines/stable_diffusion_xl/pipeline_stable_diffusion_xl.py,
/// StableDiffusionXLPipeline;  pipelines/stable_diffusion/pipeline_stable_diffusion.py
/// paper: arXiv 2307.01952, section 2;  arXiv 2112.10752 (Stable Diffusion)
struct StableDiffusionXL {
  /// Errors: std::runtime_error naming all parts that are missing, and what doesn't fit in a part.
  explicit StableDiffusionXL(std::unique_ptr<Checkpoint> files);
  explicit StableDiffusionXL(DiffusersFolder folder);

  std::unique_ptr<Checkpoint> checkpoint;  // keeps the files of the weights mapped
  std::optional<ClipTokenizer> tokenizer;
  std::optional<CLIPTextModel> text_encoder;
  std::optional<ClipTokenizer> tokenizer_2;
  std::optional<CLIPTextModel> text_encoder_2;
  UNet2DConditionModel unet;
  SchedulerConfig scheduler_config;
  std::vector<tensor::io::SafetensorsFile> vae_files;  // of an autoencoder of another model
  std::unique_ptr<Autoencoder> vae;
  bool vae_tiling = false;  // large images tile by tile; diffusers: enable_vae_tiling

  /// Is it the second model, which goes on from the latents of a base and is told an aesthetic
  /// score? diffusers: requires_aesthetics_score of model_index.json
  bool is_refiner() const { return checkpoint->requires_aesthetics_score(); }

  /// Another autoencoder takes the place of the model's own: see open_vae.
  /// Errors: std::runtime_error when it is none, or its latents have another number of channels.
  void use_vae(const std::filesystem::path& path, const std::string& variant = "");

  /// Was it trained to repaint? Then its UNet is shown, beside the latents, the mask and the
  /// latents of what stays.
  bool sees_mask() const;

  /// The size it was trained for, in pixels.
  PixelSize default_size() const;
};

}  // namespace sdxl
