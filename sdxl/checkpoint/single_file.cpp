#include "sdxl/checkpoint/single_file.h"

#include <algorithm>

#include "sdxl/checkpoint/single_file_weights.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

const std::string unet_prefix = "model.diffusion_model.";

tensor::io::SafetensorsFile open_file(const fs::path& path) {
  for (const char* pickle : {".ckpt", ".pt", ".pth", ".bin"}) {
    if (path.extension() != pickle) continue;
    tensor::fail(
        "{}: is a pickle, which is not read, since it can run code; expected a safetensors file",
        path.string());
  }
  return tensor::io::SafetensorsFile(path);
}

bool begins(const std::vector<std::string>& names, const std::string& front) {
  return std::ranges::any_of(names,
                             [&](const std::string& name) { return name.starts_with(front); });
}

}  // namespace

SingleFile::SingleFile(const fs::path& path, const fs::path& config)
    : file_(open_file(path)), kind_(identify(file_)) {
  if (!config.empty()) config_.emplace(config);
}

std::string SingleFile::name() const { return file_.path().filename().string(); }

std::vector<std::string> SingleFile::components() const {
  std::vector<std::string> names = {"scheduler", "unet", "vae"};
  if (kind_ != ModelKind::sdxl_refiner) names.insert(names.end(), {"tokenizer", "text_encoder"});
  const bool has_second = kind_ == ModelKind::sdxl_base || kind_ == ModelKind::sdxl_refiner;
  if (has_second) names.insert(names.end(), {"tokenizer_2", "text_encoder_2"});
  return names;
}

void SingleFile::expect_components(const std::vector<std::string>& components) const {
  for (const std::string& component : components) {
    if (component == "scheduler" || component.starts_with("tokenizer")) continue;
    if (has_component(component) && begins(file_.names(), prefix(component))) continue;
    tensor::fail("{}: holds {}, but no {}; expected tensors {}...", file_.path().string(),
                 name_of(kind_), component, has_component(component) ? prefix(component) : "of it");
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
  const std::string conv_in = unet_prefix + "input_blocks.0.0.weight";
  const bool inpaints = file_.contains(conv_in) && file_.shape(conv_in).rank() == 4 &&
                        file_.shape(conv_in).dim(1) == 9;
  if (inpaints) config.in_channels = 9;
  const std::string cond_proj = unet_prefix + "time_embed.cond_proj.weight";
  if (file_.contains(cond_proj)) config.time_cond_proj_dim = file_.shape(cond_proj).dim(-1);
  return config;
}

VaeConfig SingleFile::vae_config() const {
  if (config_) return config_->vae_config();
  const bool is_xl = kind_ == ModelKind::sdxl_base || kind_ == ModelKind::sdxl_refiner;
  return is_xl ? VaeConfig::sdxl() : VaeConfig::sd();
}

SchedulerConfig SingleFile::scheduler_config() const {
  if (config_) return config_->scheduler_config();
  const bool is_xl = kind_ == ModelKind::sdxl_base || kind_ == ModelKind::sdxl_refiner;
  SchedulerConfig c;
  c.path = file_.path();
  c.class_name = is_xl ? "EulerDiscreteScheduler" : "DDIMScheduler";
  c.beta_schedule = BetaSchedule::scaled_linear;
  c.beta_start = 0.00085;
  c.beta_end = 0.012;
  c.timestep_spacing = TimestepSpacing::leading;
  c.steps_offset = 1;
  c.clip_sample = false;
  c.set_alpha_to_one = false;
  const bool predicts_v = kind_ == ModelKind::sd_2 || file_.contains("v_pred");
  if (predicts_v) c.prediction_type = PredictionType::v_prediction;
  c.rescale_betas_zero_snr = file_.contains("ztsnr");
  return c;
}

std::string SingleFile::prefix(const std::string& component) const {
  if (component == "unet") return unet_prefix;
  if (component == "vae") return begins(file_.names(), "vae.") ? "vae." : "first_stage_model.";
  switch (kind_) {
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

std::function<SingleFilePlace(const std::string&)> SingleFile::places(
    const std::string& component) const {
  if (component == "unet") {
    return [config = unet_config()](const std::string& name) {
      return single_file_unet(name, config);
    };
  }
  if (component == "vae") {
    return [levels = static_cast<int>(vae_config().levels())](const std::string& name) {
      return single_file_vae(name, levels);
    };
  }
  if (prefix(component).ends_with("model.")) return single_file_open_clip;
  const bool is_short = !begins(file_.names(), prefix(component) + "text_model.");
  return [is_short](const std::string& name) {  // CLIP-L's are transformers' own names
    return SingleFilePlace{is_short ? name.substr(name.find('.') + 1) : name};
  };
}

bool SingleFile::is_left_out(const std::string& component, const std::string& name) const {
  if (name.ends_with("position_ids") || name.ends_with("logit_scale")) return true;
  if (kind_ != ModelKind::sd_2 || component != "text_encoder") return false;
  // It conditions on OpenCLIP's penultimate layer. So its config leaves out the last one.
  const int64_t layers = text_config(component).num_hidden_layers;
  return name.ends_with(".text_projection") ||
         name.starts_with(prefix(component) + tensor::format("transformer.resblocks.{}.", layers));
}

nn::WeightSource SingleFile::weights(const std::string& component, const nn::Module& model) const {
  const SingleFileComponent place = {
      .prefix = prefix(component),
      .place_of = places(component),
      .is_left_out = [&](const std::string& name) { return is_left_out(component, name); }};
  return single_file_weights(file_, place, model);
}

}  // namespace sdxl
