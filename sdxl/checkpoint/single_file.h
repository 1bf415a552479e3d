#pragma once

#include <functional>
#include <optional>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/identify.h"
#include "sdxl/checkpoint/single_file_names.h"

namespace sdxl {

/// A whole model in one file, in Stability's layout, as most models are published:
///
///   model.diffusion_model.   the UNet
///   first_stage_model.       the autoencoder, "vae." in some files
///   conditioner.embedders.   the text encoders of SDXL
///   cond_stage_model.        the text encoder of Stable Diffusion 1 and 2
///
/// No other file is needed: sizes are those of the published models, the vocabulary is built in,
/// and the scheduler is that of the published config (DDIM for Stable Diffusion 1 and 2). A tensor
/// `v_pred` marks a model that predicts v, `ztsnr` one with a zero terminal SNR. The files of
/// Stable Diffusion 2 for 768 and for 512 pixels have the same tensors: a file is taken for the
/// first one, which predicts v. The second one needs `config`.
///
/// Weights are views into the file, also the thirds of fused matrices. Only OpenCLIP's projection
/// is copied, because it is stored transposed.
/// diffusers: loaders/single_file.py, from_single_file
class SingleFile : public Checkpoint {
 public:
  /// `config` is a diffusers folder whose configs and tokenizers are used in place of the published
  /// ones, for a model of other sizes; it needs no weights. Empty: none.
  /// Errors: std::runtime_error that says what the file holds when it is no such model.
  explicit SingleFile(const std::filesystem::path& path, const std::filesystem::path& config = {});

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
  /// In front of a component's names in the file.
  std::string prefix(const std::string& component) const;
  /// Where a parameter of a component lies in the file.
  std::function<SingleFilePlace(const std::string&)> places(const std::string& component) const;
  /// Whether a tensor below a component's prefix is none of its weights.
  bool is_left_out(const std::string& component, const std::string& name) const;

  tensor::io::SafetensorsFile file_;
  ModelKind kind_;
  std::optional<DiffusersFolder> config_;
};

}  // namespace sdxl
