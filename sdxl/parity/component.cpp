#include "sdxl/parity/component.h"

#include "sdxl/control/open_control_net.h"
#include "sdxl/image_prompt/ip_adapter_file.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::io::NamedTensors;

constexpr int64_t inpainting_channels = 9;  // latents, mask, latents of the masked image

/// A timestep for the whole batch: one number, or the same one for each sample.
float read_timestep(const ComponentInputs& inputs) {
  const Tensor values = inputs.read("timestep");
  for (int64_t i = 0; i < values.size(); ++i) {
    if (values.data()[i] == values.data()[0]) continue;
    tensor::fail("{}: timestep: expected one for the whole batch, got several", inputs.source);
  }
  if (values.size() == 0) tensor::fail("{}: timestep: expected a number, got none", inputs.source);
  return values.data()[0];
}

/// The conditioning that a UNet of this config and its ControlNets share.
Conditioning read_conditioning(const ComponentInputs& inputs, const UNetConfig& config) {
  Conditioning cond;
  cond.context = inputs.read("encoder_hidden_states");
  if (!config.text_time_embedding) return cond;
  cond.pooled = inputs.read("text_embeds");
  cond.time_ids = inputs.read("time_ids");
  return cond;
}

/// What ControlNets add, if they did.
ControlResiduals read_residuals(const ComponentInputs& inputs) {
  ControlResiduals residuals;
  const auto name = [&] {
    return "down_block_additional_residuals." + std::to_string(residuals.skips.size());
  };
  while (inputs.has(name())) residuals.skips.push_back(inputs.read(name()));
  const std::string mid = "mid_block_additional_residual";
  if (inputs.has(mid)) residuals.mid = inputs.read(mid);
  return residuals;
}

std::vector<std::vector<int64_t>> read_ids(const ComponentInputs& inputs) {
  const Tensor values = inputs.read("input_ids");
  if (values.shape().rank() != 2) {
    tensor::fail("{}: input_ids: expected (N, S), got {}", inputs.source, values.shape());
  }
  const auto [rows, columns] = values.dims<2>();
  std::vector<std::vector<int64_t>> ids;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = values.data() + i * columns;
    ids.emplace_back(row, row + columns);
  }
  return ids;
}

class UnetComponent : public ComponentModel {
 public:
  explicit UnetComponent(const Checkpoint& checkpoint)
      : unet_(nn::root("unet"), checkpoint.unet_config()) {
    checkpoint.load("unet", unet_);
  }
  const nn::Module& module() const override { return unet_; }
  void add_ip_adapters(const std::vector<IpAdapterScale>& adapters) override {
    for (const auto& [file, scale] : adapters) {
      IpAdapterFile(file).add_to(unet_);
      scales_.push_back(scale);
    }
  }

  NamedTensors run(const ComponentInputs& inputs) const override {
    Conditioning cond = read_conditioning(inputs, unet_.config());
    cond.control = read_residuals(inputs);
    if (unet_.config().time_cond_proj_dim > 0) cond.timestep_cond = inputs.read("timestep_cond");
    const Tensor sample = inputs.read("sample");
    const bool is_split = sample.shape().rank() == 4 && sample.dim(1) < unet_.config().in_channels;
    if (is_split && unet_.config().in_channels == inpainting_channels) {
      cond.concat = inputs.read("concat");
    }
    for (size_t i = 0; i < scales_.size(); ++i) {
      const Tensor embeds = inputs.read("image_embeds." + std::to_string(i));
      cond.images.push_back({by_sample(embeds, i, sample.dim(0)), scales_[i]});
    }
    return {{"sample", unet_.forward(sample, read_timestep(inputs), cond)}};
  }

 private:
  /// (N images, ...), as a projector takes them, -> (N, images, ...).
  Tensor by_sample(const Tensor& embeds, size_t i, int64_t n) const {
    const int rank = (*unet_.encoder_hid_proj())[i].takes_hidden_states() ? 4 : 3;
    const bool is_flat = embeds.shape().rank() == rank - 1 && n > 0 && embeds.dim(0) % n == 0;
    if (!is_flat) return embeds;
    std::vector<int64_t> sizes = {n, embeds.dim(0) / n};
    sizes.insert(sizes.end(), embeds.shape().begin() + 1, embeds.shape().end());
    return embeds.reshape(tensor::Shape(sizes));
  }

  UNet2DConditionModel unet_;
  std::vector<double> scales_;  // of its IP-Adapters
};

class ControlNetComponent : public ComponentModel {
 public:
  ControlNetComponent(const Checkpoint& checkpoint, const std::filesystem::path& path)
      : net_(open_control_net(path, "", checkpoint, "controlnet")) {}
  const nn::Module& module() const override { return *net_; }

  NamedTensors run(const ComponentInputs& inputs) const override {
    const Conditioning cond = read_conditioning(inputs, net_->config().unet);
    const ControlResiduals residuals =
        net_->forward(inputs.read("sample"), read_timestep(inputs), cond, read_pictures(inputs));
    NamedTensors results;
    for (size_t i = 0; i < residuals.skips.size(); ++i) {
      results.emplace_back("down_block_res_samples." + std::to_string(i), residuals.skips[i]);
    }
    results.emplace_back("mid_block_res_sample", residuals.mid);
    return results;
  }

 private:
  std::vector<ControlPicture> read_pictures(const ComponentInputs& inputs) const {
    const Tensor all = inputs.read("controlnet_cond");
    if (!net_->is_union()) return {{all}};
    const Tensor types = inputs.read("control_type_idx");
    const Tensor scales = inputs.read("conditioning_scale");
    const int64_t count = types.size();
    if (count == 0 || scales.size() != count || all.shape().rank() != 4 ||
        all.dim(0) % count != 0) {
      tensor::fail(
          "{}: expected control_type_idx and conditioning_scale with a number for each of "
          "the pictures in controlnet_cond, got {}, {} and {}",
          inputs.source, types.shape(), scales.shape(), all.shape());
    }
    const int64_t rows = all.dim(0) / count;
    std::vector<ControlPicture> pictures;
    for (int64_t i = 0; i < count; ++i) {
      pictures.push_back({.picture = slice(all, 0, i * rows, (i + 1) * rows),
                          .type = static_cast<int64_t>(types.data()[i]),
                          .scale = count == 1 ? 1.0 : scales.data()[i]});
    }
    return pictures;
  }

  std::shared_ptr<const ControlNet> net_;
};

class TextComponent : public ComponentModel {
 public:
  TextComponent(const Checkpoint& checkpoint, const std::string& part)
      : config_(checkpoint.text_config(part)), encoder_(nn::root(part), config_) {
    checkpoint.load(part, encoder_);
  }
  const nn::Module& module() const override { return encoder_; }

  NamedTensors run(const ComponentInputs& inputs) const override {
    const TextFeatures features = encoder_.forward(read_ids(inputs));
    NamedTensors results = {{"last_hidden_state", features.last_hidden_state}};
    for (size_t i = 0; i < features.hidden_states.size(); ++i) {
      results.emplace_back("hidden_states." + std::to_string(i), features.hidden_states[i]);
    }
    results.emplace_back(config_.projection_dim > 0 ? "text_embeds" : "pooler_output",
                         features.pooled);
    return results;
  }

 private:
  ClipTextConfig config_;
  CLIPTextModel encoder_;
};

class VaeComponent : public ComponentModel {
 public:
  VaeComponent(const Checkpoint& checkpoint, bool encodes)
      : vae_(nn::root("vae"), checkpoint.vae_config()), encodes_(encodes) {
    checkpoint.load("vae", vae_);
  }
  const nn::Module& module() const override { return vae_; }

  NamedTensors run(const ComponentInputs& inputs) const override {
    const Tensor sample = inputs.read("sample");
    if (encodes_) return {{"moments", vae_.encode(sample).moments()}};
    return {{"sample", vae_.decode(sample)}};
  }

 private:
  AutoencoderKL vae_;
  bool encodes_;
};

}  // namespace

void ComponentModel::add_ip_adapters(const std::vector<IpAdapterScale>& adapters) {
  if (adapters.empty()) return;
  tensor::fail("{}: an IP-Adapter is for a UNet, not for {}", adapters.front().file.string(),
               module().path());
}

const std::vector<std::string>& component_names() {
  static const std::vector<std::string> names = {"text_encoder", "text_encoder_2", "unet",
                                                 "vae_encoder",  "vae_decoder",    "controlnet"};
  return names;
}

std::string part_of(const std::string& component) {
  return component.starts_with("vae") ? "vae" : component;
}

std::string path_of(const std::string& component) {
  if (component == "vae_encoder") return "vae.encoder";
  return component == "vae_decoder" ? "vae.decoder" : component;
}

std::unique_ptr<ComponentModel> load_component(const Checkpoint& checkpoint,
                                               const std::string& component,
                                               const std::filesystem::path& control) {
  if (component == "controlnet") return std::make_unique<ControlNetComponent>(checkpoint, control);
  const std::string part = part_of(component);
  checkpoint.expect_components({part});
  if (part == "unet") return std::make_unique<UnetComponent>(checkpoint);
  if (part == "vae") return std::make_unique<VaeComponent>(checkpoint, component == "vae_encoder");
  return std::make_unique<TextComponent>(checkpoint, part);
}

}  // namespace sdxl
