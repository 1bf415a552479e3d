#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nn/module.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "sdxl/text/clip_text_config.h"
#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/unet/unet_config.h"
#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// A model's files, whatever their layout. Parts have the names of a diffusers folder: "unet",
/// "vae", "scheduler", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2".
///
/// Weights stay where they are and are mapped; they are valid while this object lives.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;

  /// Its name, as an image made from it tells it: the last part of the path.
  virtual std::string name() const = 0;
  /// Does the model have this part?
  virtual bool lists(const std::string& part) const = 0;
  /// All parts that a text becomes an image with.
  virtual std::vector<std::string> parts() const = 0;
  /// Errors: std::runtime_error naming those of these parts that are missing.
  virtual void expect_parts(const std::vector<std::string>& parts) const = 0;

  /// With no negative prompt, are the negative features zeros and not those of the empty text?
  virtual bool force_zeros_for_empty_prompt() const = 0;
  /// Is the UNet told an aesthetic score, as the refiner is?
  virtual bool requires_aesthetics_score() const = 0;

  virtual ClipTokenizer tokenizer(const std::string& part) const = 0;
  virtual ClipTextConfig text_config(const std::string& part) const = 0;
  virtual UNetConfig unet_config() const = 0;
  virtual VaeConfig vae_config() const = 0;  // of a full one
  virtual SchedulerConfig scheduler_config() const = 0;

  /// The autoencoder, full or tiny, with its weights. Errors: see nn::load.
  virtual std::unique_ptr<Autoencoder> autoencoder() = 0;
  /// Points a part's parameters at its weights. Errors: see nn::load.
  virtual void load(const std::string& part, nn::Module& model) = 0;
  /// Gives back the memory of the weights that were read so far: each part works once for a
  /// image, and no two at a time. What is needed again comes back by itself.
  virtual void let_go() const = 0;
};

/// How to open a model.
struct CheckpointOptions {
  /// Which weights of a folder, such as "fp16", if there are several.
  std::string variant = {};
  /// For a file of unusual sizes: the diffusers folder with configs and tokenizers.
  std::filesystem::path config = {};
};

/// A diffusers folder or a single file: see DiffusersFolder and SingleFile.
/// Errors: std::runtime_error that says what the path holds when it is neither.
std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path,
                                            const CheckpointOptions& options = {});

/// The class of a part, for messages: "unet" is a UNet2DConditionModel.
std::string class_of_part(const std::string& part);

}  // namespace sdxl
