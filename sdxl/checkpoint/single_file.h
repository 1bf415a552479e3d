#pragma once

#include <functional>
#include <optional>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/identify.h"
#include "sdxl/checkpoint/single_file_names.h"

namespace sdxl {

/// A whole model in one file, in Stability's layout, which is how most models are passed around:
///
///   model.diffusion_model.   the UNet
///   first_stage_model.       the autoencoder, "vae." in some files
///   conditioner.embedders.   the text encoders of SDXL
///   cond_stage_model.        the text encoder of Stable Diffusion 1 and 2
///
/// Nothing else is needed: sizes are those of the published models, the vocabulary is built in, and
/// the scheduler is that of the published config (DDIM for Stable Diffusion 1 and 2). A tensor
/// `v_pred` announces a model that predicts v, `ztsnr` one whose last noise level has no signal.
/// Stable Diffusion 2 is taken for the model of 768 pixels, which predicts v: a file cannot tell
/// it from the one of 512 pixels, which needs `config`.
///
/// Weights stay in the file, thirds of fused matrices too; only OpenCLIP's projection is copied,
/// since it lies there transposed.
/// diffusers: loaders/single_file.py, from_single_file
class SingleFile : public Checkpoint {
 public:
  /// `config` names a diffusers folder whose configs and tokenizers to use (its weights may be
  /// absent), for a model of other sizes than the published ones; empty: none.
  /// Errors: std::runtime_error that says what the file holds when it is no such model.
  explicit SingleFile(const std::filesystem::path& path, const std::filesystem::path& config = {});

  ModelKind kind() const { return kind_; }

  std::string name() const override;
  bool lists(const std::string& part) const override;
  std::vector<std::string> parts() const override;
  void expect_parts(const std::vector<std::string>& parts) const override;
  bool force_zeros_for_empty_prompt() const override;
  bool requires_aesthetics_score() const override;
  ClipTokenizer tokenizer(const std::string& part) const override;
  ClipTextConfig text_config(const std::string& part) const override;
  UNetConfig unet_config() const override;
  VaeConfig vae_config() const override;
  SchedulerConfig scheduler_config() const override;
  std::unique_ptr<Autoencoder> autoencoder() override;
  void load(const std::string& part, nn::Module& model) override;
  void let_go() const override { file_.let_go(); }

 private:
  /// In front of a part's names in the file.
  std::string prefix(const std::string& part) const;
  /// Where one of our parameters of a part lies.
  std::function<SingleFilePlace(const std::string&)> places(const std::string& part) const;
  /// A tensor below a part's prefix that is none of its weights.
  bool is_left_out(const std::string& part, const std::string& name) const;

  tensor::io::SafetensorsFile file_;
  ModelKind kind_;
  std::optional<DiffusersFolder> config_;
  std::vector<tensor::Tensor> copies_;  // what could not be used as it lies in the file
};

}  // namespace sdxl
