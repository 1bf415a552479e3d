#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/config_reader.h"

namespace sdxl {

/// A model as diffusers saves it, one folder for each component:
///
///   model_index.json   which components there are
///   scheduler/         scheduler_config.json
///   tokenizer/         vocab.json and merges.txt, or tokenizer.json
///   text_encoder/      config.json, model.safetensors
///   unet/  vae/        config.json, diffusion_pytorch_model.safetensors
///
/// and tokenizer_2/, text_encoder_2/ likewise. A refiner has no tokenizer/ and text_encoder/,
/// Stable Diffusion 1 and 2 have no tokenizer_2/ and text_encoder_2/.
/// The constructor reads model_index.json alone; the other files are opened by the functions that
/// need them.
///
/// What a folder is follows from its components: the class of its pipeline does not matter. Where
/// model_index.json and a component's own config name different classes, the first one counts, with
/// the fields of the second, and the policy's note says so.
/// diffusers: pipelines/pipeline_utils.py, DiffusionPipeline.from_pretrained.
class DiffusersFolder : public Checkpoint {
 public:
  /// Takes `variant` and `policy` of the options.
  /// Errors: std::runtime_error that says what the path holds when it is no such folder.
  explicit DiffusersFolder(const std::filesystem::path& path,
                           const CheckpointOptions& options = {});

  std::string name() const override;
  std::vector<std::string> components() const override;
  /// Errors: std::runtime_error with all files that these components lack, and the components that
  /// are complete.
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

  /// The weights of a component, under the names of the files. Text encoders' names begin with
  /// "text_model.", which transformers leaves out since version 5.6.
  nn::WeightSource weights(const std::string& component) const;
  /// A component's config.json, or the scheduler's scheduler_config.json.
  ConfigReader config(const std::string& component) const;

 private:
  std::filesystem::path folder(const std::string& component) const { return path_ / component; }
  std::string what_is_missing(const std::string& component) const;
  bool has_second_encoder() const;  // as SDXL's base and refiner

  std::filesystem::path path_;
  std::string variant_;
  ConfigReader index_;
};

}  // namespace sdxl
