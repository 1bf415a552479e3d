#include "sdxl/checkpoint/single_file.h"

#include <algorithm>

#include "sdxl/checkpoint/part_names.h"
#include "sdxl/checkpoint/unet_sizes.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

tensor::io::SafetensorsFile open_file(const fs::path& path, const LoadPolicy& policy) {
  tensor::io::SafetensorsFile file(path);
  const std::vector<std::string> pickles = {".ckpt", ".pt", ".pth", ".bin"};
  if (std::ranges::count(pickles, path.extension().string()) > 0) {
    policy.say(tensor::format("{}: is a safetensors file in spite of its name, and is read as one",
                              path.string()));
  }
  return file;
}

bool begins(const std::vector<std::string>& names, const std::string& front) {
  return std::ranges::any_of(names,
                             [&](const std::string& name) { return name.starts_with(front); });
}

/// Where a component's tensors are expected, for messages.
std::string usual_prefix(ModelKind kind, const std::string& component) {
  if (component == "unet") return "model.diffusion_model.";
  if (component == "vae") return "first_stage_model.";
  switch (kind) {
    case ModelKind::sdxl_base:
      return component == "text_encoder" ? "conditioner.embedders.0.transformer."
                                         : "conditioner.embedders.1.model.";
    case ModelKind::sdxl_refiner:
      return "conditioner.embedders.0.model.";
    case ModelKind::sd_1:
      return "cond_stage_model.transformer.";
    default:
      return "cond_stage_model.model.";
  }
}

}  // namespace

SingleFile::SingleFile(const fs::path& path, const CheckpointOptions& options)
    : Checkpoint(options.policy), file_(open_file(path, options.policy)), kind_(identify(file_)) {
  if (!options.config.empty()) {
    config_.emplace(options.config, CheckpointOptions{.policy = options.policy});
  }
}

std::string SingleFile::name() const { return file_.path().filename().string(); }

std::vector<std::string> SingleFile::components() const {
  std::vector<std::string> names = {"scheduler", "unet", "vae"};
  if (kind_ != ModelKind::sdxl_refiner) names.insert(names.end(), {"tokenizer", "text_encoder"});
  if (is_xl()) names.insert(names.end(), {"tokenizer_2", "text_encoder_2"});
  return names;
}

void SingleFile::expect_components(const std::vector<std::string>& components) const {
  const std::string hint = find_part(file_, "vae") || find_part(file_, "text_encoder_2") ||
                                   find_part(file_, "text_encoder")
                               ? ""
                               : " (it is a UNet alone: give it with --unet, beside a whole model)";
  for (const std::string& component : components) {
    if (component == "scheduler" || component.starts_with("tokenizer")) continue;
    if (has_component(component) && find_part(file_, component)) continue;
    std::string option = component;
    std::ranges::replace(option, '_', '-');
    tensor::fail("{}: holds {}, but no {}; expected tensors {}..., or another one by --{}{}",
                 file_.path().string(), name_of(kind_), component,
                 has_component(component) ? usual_prefix(kind_, component) : "of it", option, hint);
  }
}

bool SingleFile::force_zeros_for_empty_prompt() const {
  return config_ ? config_->force_zeros_for_empty_prompt() : kind_ == ModelKind::sdxl_base;
}

bool SingleFile::requires_aesthetics_score() const { return kind_ == ModelKind::sdxl_refiner; }

ClipTokenizer SingleFile::tokenizer(const std::string& component) const {
  if (config_) return config_->tokenizer(component);
  const bool is_clip_l = component == "tokenizer" && kind_ != ModelKind::sd_2;
  return ClipTokenizer::openai(is_clip_l ? "<|endoftext|>" : "!");
}

ClipTextConfig SingleFile::text_config(const std::string& component) const {
  if (config_) return config_->text_config(component);
  if (component == "text_encoder_2") return ClipTextConfig::openclip_bigg();
  return kind_ == ModelKind::sd_2 ? ClipTextConfig::openclip_h() : ClipTextConfig::clip_l();
}

UNetConfig SingleFile::unet_config() const {
  if (config_) return config_->unet_config();
  UNetConfig config = kind_ == ModelKind::sdxl_base      ? UNetConfig::sdxl_base()
                      : kind_ == ModelKind::sdxl_refiner ? UNetConfig::sdxl_refiner()
                      : kind_ == ModelKind::sd_1         ? UNetConfig::sd15()
                                                         : UNetConfig::sd21();
  if (is_sd_turbo()) config.sample_size = 64;  // 512 pixels
  const std::optional<PartNames> names = find_part(file_, "unet");
  return names ? sized_by_file(config, file_, *names) : config;
}

VaeConfig SingleFile::vae_config() const {
  if (config_) return config_->vae_config();
  return is_xl() ? VaeConfig::sdxl() : VaeConfig::sd();
}

bool SingleFile::is_sd_turbo() const {
  return kind_ == ModelKind::sd_2 && begins(file_.names(), "conditioner.embedders.0.model.");
}

SchedulerConfig SingleFile::published_scheduler_config() const {
  SchedulerConfig c;
  c.path = file_.path();
  c.class_name = is_xl()                    ? "EulerDiscreteScheduler"
                 : kind_ == ModelKind::sd_1 ? "PNDMScheduler"
                                            : "DDIMScheduler";
  c.skip_prk_steps = true;
  c.beta_schedule = BetaSchedule::scaled_linear;
  c.beta_start = 0.00085;
  c.beta_end = 0.012;
  c.timestep_spacing = TimestepSpacing::leading;
  c.steps_offset = 1;
  c.clip_sample = false;
  c.set_alpha_to_one = false;
  if (kind_ == ModelKind::sd_2) c.prediction_type = PredictionType::v_prediction;
  if (!is_sd_turbo()) return c;
  c.class_name = "EulerDiscreteScheduler";
  c.timestep_spacing = TimestepSpacing::trailing;
  c.prediction_type = PredictionType::epsilon;
  return c;
}

SchedulerConfig SingleFile::scheduler_config() const {
  SchedulerConfig c = config_ ? config_->scheduler_config() : published_scheduler_config();
  const bool predicts_v = file_.contains("v_pred");
  const bool has_zero_snr = file_.contains("ztsnr");
  const bool contradicts = (predicts_v && c.prediction_type != PredictionType::v_prediction) ||
                           (has_zero_snr && !c.rescale_betas_zero_snr);
  if (config_ && contradicts) {
    policy().say(
        tensor::format("{}: the tensors {}{}{} mark a model that predicts v or has a zero terminal "
                       "SNR: they count "
                       "more than --config (--scheduler-option overrides both)",
                       file_.path().string(), predicts_v ? "v_pred" : "",
                       predicts_v && has_zero_snr ? " and " : "", has_zero_snr ? "ztsnr" : ""));
  }
  if (predicts_v) c.prediction_type = PredictionType::v_prediction;
  if (has_zero_snr) c.rescale_betas_zero_snr = true;
  return c;
}

nn::WeightSource SingleFile::weights(const std::string& component, const nn::Module& model) const {
  const std::optional<PartNames> names = find_part(file_, component);
  if (!names) expect_components({component});
  return part_weights(file_, *names, model);
}

}  // namespace sdxl
