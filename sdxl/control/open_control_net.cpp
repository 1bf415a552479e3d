#include "sdxl/control/open_control_net.h"

#include <optional>
#include <utility>
#include <vector>

#include "sdxl/checkpoint/part_names.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/control/control_lora.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

/// What other files hold, by the beginning of a tensor's name.
const std::vector<std::pair<std::string, std::string>> others = {
    {"control_model.", "a ControlNet by Stability's names"},
    {"lllite_", "a ControlNet-LLLite, which changes single layers"},
    {"adapter.", "a T2I-Adapter"},
    {"body.", "a T2I-Adapter"},
    {"lora_unet_", "a LoRA (for --lora)"},
};

/// Errors: std::runtime_error for a file that holds no ControlNet by diffusers' names.
void expect_control_net(const nn::WeightSource& source) {
  const auto has = [&](const std::string& front) {
    const auto found = source.weights.lower_bound(front);
    return found != source.weights.end() && found->first.starts_with(front);
  };
  for (const auto& [front, what] : others) {
    if (!has(front)) continue;
    tensor::fail("{}: holds {}; expected a ControlNet by diffusers' names", source.description,
                 what);
  }
  if (has("controlnet_cond_embedding.")) return;
  tensor::fail("{}: holds no ControlNet: expected tensors controlnet_cond_embedding. ..., got {}",
               source.description,
               source.weights.empty() ? "none" : tensor::printable(source.weights.begin()->first));
}

ControlNetConfig read_config(const fs::path& path, const UNetConfig& unet) {
  if (fs::is_directory(path)) {
    if (fs::exists(path / "config.json")) {
      return ControlNetConfig::read(ConfigReader(path / "config.json"));
    }
    tensor::fail("{}: has no config.json; expected a ControlNet's folder or file", path.string());
  }
  const auto beside = config_beside(path, {"ControlNetModel", "ControlNetUnionModel"});
  return beside ? ControlNetConfig::read(*beside) : ControlNetConfig::of(unet);
}

/// Its kinds of pictures and its transformer are in the weights: a union's config may be that of a
/// ControlNetModel.
void read_types(const nn::WeightSource& source, ControlNetConfig& config) {
  const auto found = source.weights.find("task_embedding");
  if (found == source.weights.end()) return;
  config.types = found->second.shape.dim(0);
  config.type_layers = 0;
  while (source.weights.contains(
      tensor::format("transformer_layes.{}.ln_1.weight", config.type_layers))) {
    ++config.type_layers;
  }
}

/// The width of the text features that the first cross-attention takes, or `fallback` without one.
int64_t text_width(const nn::WeightSource& source, int64_t fallback) {
  for (const auto& [name, weight] : source.weights) {
    if (name.ends_with(".attn2.to_k.weight")) return weight.shape.dim(-1);
  }
  return fallback;
}

void expect_fits(const fs::path& path, const nn::WeightSource& source, const UNetConfig& net,
                 const UNetConfig& unet) {
  const int64_t width = text_width(source, net.cross_attention_dim);
  if (width != unet.cross_attention_dim) {
    tensor::fail(
        "{}: is a ControlNet for another model: it takes text features of {} numbers, and the UNet "
        "of {} (Stable Diffusion 1 has 768, 2 has 1024, SDXL 2048)",
        path.string(), width, unet.cross_attention_dim);
  }
  const bool has_levels = net.block_out_channels == unet.block_out_channels &&
                          net.layers_per_block == unet.layers_per_block;
  const bool has_sizes =
      net.text_time_embedding == unet.text_time_embedding &&
      net.projection_class_embeddings_input_dim == unet.projection_class_embeddings_input_dim;
  if (has_levels && has_sizes && net.in_channels == 4) return;
  tensor::fail("{}: is a ControlNet for another model: its levels have other {} than the UNet's",
               path.string(), has_levels ? "conditions" : "channels or layers");
}

}  // namespace

std::shared_ptr<const ControlNet> open_control_net(const fs::path& path, const std::string& variant,
                                                   const Checkpoint& base,
                                                   const std::string& name) {
  if (!fs::exists(path)) tensor::fail("{}: there is no such folder or file", path.string());
  const nn::WeightSource source = open_weights(
      fs::is_directory(path) ? find_weights(path, "diffusion_pytorch_model", variant) : path);
  if (is_control_lora(source)) return open_control_lora(source, base, name);
  const UNetConfig unet = base.unet_config();
  ControlNetConfig config = read_config(path, unet);
  expect_control_net(source);
  read_types(source, config);
  expect_fits(path, source, config.unet, unet);
  auto net = std::make_shared<ControlNet>(nn::root(name), config);
  load_part(*net, config.types > 0 ? "ControlNetUnionModel" : "ControlNetModel", source,
            base.policy());
  return net;
}

}  // namespace sdxl
