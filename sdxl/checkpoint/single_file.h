#pragma once

#include <optional>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/identify.h"

namespace sdxl {

/// A whole model in one file, in Stability's layout, as most models are published:
///
///   model.diffusion_model.   the UNet
///   first_stage_model.       the autoencoder, "vae." in some files
///   conditioner.embedders.   the text encoders of SDXL
///   cond_stage_model.        the text encoder of Stable Diffusion 1 and 2
///
/// A part that is not in the file can be given: see CheckpointWithParts.
///
/// No other file is needed: sizes are those of the published models, the vocabulary is built in,
/// and the scheduler is that of the published config (DDIM for Stable Diffusion 1 and 2). A tensor
/// `v_pred` marks a model that predicts v, `ztsnr` one with a zero terminal SNR; such marks count
/// more than a `config`, with a note. The files of Stable Diffusion 2 for 768 and for 512 pixels
/// have the same tensors: a file is taken for the first one, which predicts v. The second one needs
/// `config`. SD-Turbo, of 512 pixels, is Stable Diffusion 2 in the layout of SDXL's files.
///
/// Weights are views into the file, also the thirds of fused matrices. Only OpenCLIP's projection
/// is copied, because it is stored transposed.
/// diffusers: loaders/single_file.py, from_single_file
class SingleFile : public Checkpoint {
 public:
  /// Takes `config` and `policy` of the options. `config` is a diffusers folder whose configs and
  /// tokenizers are used in place of the published ones, for a model of other sizes; it needs no
  /// weights.
  /// Errors: std::runtime_error that says what the file holds when it is no such model.
  explicit SingleFile(const std::filesystem::path& path, const CheckpointOptions& options = {});

  ModelKind kind() const { return kind_; }

  std::string name() const override;
  std::vector<std::string> components() const override;
  void expect_components(const std::vector<std::string>& components) const override;
  bool force_zeros_for_empty_prompt() const override;
  bool requires_aesthetics_score() const override;
  ClipTokenizer tokenizer(const std::string& component) const override;
  ClipTextConfig text_config(const std::string& component) const override;
  UNetConfig unet_config() const override;
  VaeConfig vae_config() const override;
  SchedulerConfig scheduler_config() const override;
  nn::WeightSource weights(const std::string& component, const nn::Module& model) const override;

 private:
  bool is_xl() const { return kind_ == ModelKind::sdxl_base || kind_ == ModelKind::sdxl_refiner; }
  /// Whether it is Stable Diffusion 2 in the layout of SDXL's files: SD-Turbo.
  bool is_sd_turbo() const;
  SchedulerConfig published_scheduler_config() const;

  tensor::io::SafetensorsFile file_;
  ModelKind kind_;
  std::optional<DiffusersFolder> config_;
};

}  // namespace sdxl
