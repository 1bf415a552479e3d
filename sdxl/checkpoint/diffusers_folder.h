#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/load.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/config_reader.h"

namespace sdxl {

/// A model as diffusers saves it, one folder for each part:
///
///   model_index.json   which parts there are
///   scheduler/         scheduler_config.json
///   tokenizer/         vocab.json and merges.txt, or tokenizer.json
///   text_encoder/      config.json, model.safetensors
///   unet/  vae/        config.json, diffusion_pytorch_model.safetensors
///
/// and tokenizer_2/, text_encoder_2/ likewise. A refiner goes without the first two of the text,
/// Stable Diffusion 1 and 2 without the second two.
/// Opening reads a few small files; weights stay where they are and are mapped when asked for.
/// diffusers: pipelines/pipeline_utils.py, DiffusionPipeline.from_pretrained.
class DiffusersFolder : public Checkpoint {
 public:
  /// `variant` asks for weights such as "fp16" where a folder holds several; the plain ones else.
  /// Errors: std::runtime_error that says what the path holds when it is no such folder.
  explicit DiffusersFolder(const std::filesystem::path& path, std::string variant = "");

  const std::filesystem::path& path() const { return path_; }
  std::string name() const override;
  /// By its model_index.json.
  bool lists(const std::string& part) const override;
  std::vector<std::string> parts() const override;
  /// Errors: std::runtime_error with all files that these parts lack, and the parts that are whole.
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
  void let_go() const override;

  /// A part's own folder: a tokenizer's is read by ClipTokenizer::load.
  std::filesystem::path folder(const std::string& part) const { return path_ / part; }
  /// A part's config.json, or the scheduler's scheduler_config.json.
  ConfigReader config(const std::string& part) const;
  /// A part's weights, where they lie in the files. They stay valid while this object lives.
  /// Text encoders' names begin with "text_model.", which today's transformers leaves out.
  nn::WeightSource weights(const std::string& part);

 private:
  std::string what_is_missing(const std::string& part) const;

  std::filesystem::path path_;
  std::string variant_;
  ConfigReader index_;
  std::vector<tensor::io::SafetensorsFile> files_;
};

}  // namespace sdxl
