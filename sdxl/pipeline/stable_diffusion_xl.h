#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/control/controls.h"
#include "sdxl/pixel_size.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/upscale/rrdb_net.h"
#include "sdxl/vae/autoencoder.h"
#include "sdxl/vision/clip_vision_model.h"

namespace sdxl {

/// The images of one IP-Adapter.
struct ImagePrompt {
  Tensor pixels;  // (images, 3, S, S): see clip_pixels
  double scale = 1.0;
};

/// Stable Diffusion XL, loaded: its components in the order in which they run, named as in
/// model_index.json.
///
///   prompt -> tokenizers -> text encoders -> UNet, once for each of the scheduler's steps -> VAE
///
/// A refiner has only the second tokenizer and text encoder. Stable Diffusion 1.5 and 2.1 have only
/// the first ones, and their UNets are not conditioned on sizes or a pooled text.
/// diffusers: pipelines/stable_diffusion_xl/pipeline_stable_diffusion_xl.py,
/// StableDiffusionXLPipeline;  pipelines/stable_diffusion/pipeline_stable_diffusion.py
/// paper: arXiv 2307.01952, section 2;  arXiv 2112.10752 (Stable Diffusion)
struct StableDiffusionXL {
  /// `name` stands in front of the paths of all modules: "refiner" for the second of two models
  /// (refiner.unet.conv_in).
  /// Errors: std::runtime_error naming all missing components, the weights that don't fit, and the
  /// components that don't fit each other: see expect_parts_fit.
  explicit StableDiffusionXL(std::unique_ptr<Checkpoint> files, const std::string& name = "");
  explicit StableDiffusionXL(DiffusersFolder folder);

  std::unique_ptr<Checkpoint> checkpoint;  // configs and the name
  std::optional<ClipTokenizer> tokenizer;
  std::optional<CLIPTextModel> text_encoder;
  std::optional<ClipTokenizer> tokenizer_2;
  std::optional<CLIPTextModel> text_encoder_2;
  UNet2DConditionModel unet;
  SchedulerConfig scheduler_config;
  std::unique_ptr<Autoencoder> vae;
  Controls controls = {};  // ControlNets that run beside the UNet
  /// Of IP-Adapters: the encoder of their images, and for each adapter of the UNet its images.
  std::shared_ptr<const CLIPVisionModel> image_encoder = {};
  std::vector<ImagePrompt> image_prompts = {};
  std::shared_ptr<const RRDBNet> upscaler = {};  // of the high-resolution fix; null: Lanczos
  bool vae_tiling = false;  // large images in tiles; diffusers: enable_vae_tiling

  /// True for the second model of two, which starts from the base's latents and is conditioned on
  /// an aesthetic score. The width of the UNet's added conditions decides it: a refiner's has 5
  /// numbers beside the pooled text, a base's 6. Some folders lack the field of model_index.json,
  /// requires_aesthetics_score.
  bool is_refiner() const;

  /// The components in the order of their use, without those that the model lacks; ControlNets in
  /// front of the UNet.
  std::vector<const nn::Module*> components() const;

  /// Drops the memory of the weights that were read so far: see Module::release_pages.
  void release_pages() const;

  /// True for an inpainting UNet, of 9 input channels: latents, mask, latents of the masked image.
  bool is_inpainting() const;

  /// The size of training's images, in pixels.
  PixelSize default_size() const;
};

}  // namespace sdxl
