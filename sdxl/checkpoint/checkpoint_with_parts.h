#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/other_part.h"

namespace sdxl {

/// A model some of whose parts come from elsewhere: another UNet, as distilled models are
/// published, another autoencoder, text encoder, tokenizer or scheduler_config.json. The model
/// itself need not have these parts.
///
///   unet, text_encoder, text_encoder_2   see OtherPart
///   vae                                  see open_vae
///   tokenizer, tokenizer_2               a tokenizer's folder or a file in it, or a model's folder
///   scheduler_config                     a scheduler_config.json, its folder, or a model's folder
///
/// diffusers: from_pretrained(path, unet=..., vae=...)
class CheckpointWithParts : public Checkpoint {
 public:
  /// Takes `parts`, `variant` and `policy` of the options.
  /// Errors: std::runtime_error for a path that holds no such part.
  CheckpointWithParts(std::unique_ptr<Checkpoint> model, const CheckpointOptions& options);

  std::string name() const override { return model_->name(); }
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
  std::unique_ptr<Autoencoder> autoencoder() const override;

 private:
  bool is_given(const std::string& component) const { return !path_of(component).empty(); }
  const std::filesystem::path& path_of(const std::string& component) const;
  OtherPart open(const std::string& component) const;

  std::unique_ptr<Checkpoint> model_;
  PartPaths parts_;
  std::string variant_;
};

}  // namespace sdxl
