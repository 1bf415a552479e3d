#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "sdxl/text/clip_text_config.h"
#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/unet/unet_config.h"
#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// The files of a model, in either layout: its configs, vocabularies and weights. Components
/// have the names of diffusers: "unet", "vae", "scheduler", "text_encoder", "tokenizer",
/// "text_encoder_2", "tokenizer_2".
///
/// Weights are mapped, not copied. A loaded component keeps its own files mapped.
class Checkpoint {
 public:
  explicit Checkpoint(LoadPolicy policy) : policy_(std::move(policy)) {}
  virtual ~Checkpoint() = default;

  /// The last part of the path. Images store it as the name of their model.
  virtual std::string name() const = 0;
  /// All components that turn a text into an image.
  virtual std::vector<std::string> components() const = 0;
  /// Errors: std::runtime_error naming those of these components that are missing.
  virtual void expect_components(const std::vector<std::string>& components) const = 0;

  /// Whether the features of an absent negative prompt are zeros, or those of the empty text.
  virtual bool force_zeros_for_empty_prompt() const = 0;
  /// Whether the files say that the UNet is conditioned on an aesthetic score, as the refiner's is.
  virtual bool requires_aesthetics_score() const = 0;

  virtual ClipTokenizer tokenizer(const std::string& component) const = 0;
  virtual ClipTextConfig text_config(const std::string& component) const = 0;
  virtual UNetConfig unet_config() const = 0;
  /// Of an AutoencoderKL. Where the model has none: that of SDXL's, or of Stable Diffusion's.
  virtual VaeConfig vae_config() const = 0;
  virtual SchedulerConfig scheduler_config() const = 0;

  /// The weights of a component, under the names of the parameters of `model`.
  /// Errors: std::runtime_error naming a file that is missing or damaged.
  virtual nn::WeightSource weights(const std::string& component, const nn::Module& model) const = 0;
  /// The autoencoder, full or tiny, with its weights. Errors: see nn::load.
  virtual std::unique_ptr<Autoencoder> autoencoder() const;

  bool has_component(const std::string& component) const;
  /// Loads a component's weights into its model. Errors: see weights and load_part.
  void load(const std::string& component, nn::Module& model) const;
  /// How oddities of the files are taken.
  const LoadPolicy& policy() const { return policy_; }

 private:
  LoadPolicy policy_;
};

/// Parts of a model that come from elsewhere; empty: the model's own. See CheckpointWithParts.
struct PartPaths {
  std::filesystem::path unet = {};
  std::filesystem::path vae = {};
  std::filesystem::path text_encoder = {}, text_encoder_2 = {};
  std::filesystem::path tokenizer = {}, tokenizer_2 = {};
  std::filesystem::path scheduler_config = {};

  bool any() const;
};

/// How to open a model.
struct CheckpointOptions {
  /// Which weights of a folder, such as "fp16", if there are several.
  std::string variant = {};
  /// For a file of unusual sizes: the diffusers folder with configs and tokenizers.
  std::filesystem::path config = {};
  PartPaths parts = {};
  LoadPolicy policy = {};
};

/// A diffusers folder or a single file: see DiffusersFolder and SingleFile; with parts from
/// elsewhere if the options name any.
/// Errors: std::runtime_error that says what the path holds when it is neither.
std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path,
                                            const CheckpointOptions& options = {});

/// The class of a component, for messages: "unet" is a UNet2DConditionModel.
std::string class_of_component(const std::string& component);

}  // namespace sdxl
