#include "sdxl/checkpoint/single_file_names.h"

#include <map>
#include <stdexcept>

namespace sdxl {

namespace {

using Part = SingleFilePlace::Part;
using Names = std::map<std::string, std::string>;

/// A parameter's name, taken apart from the front.
class Path {
 public:
  explicit Path(const std::string& name) : rest_(name), whole_(name) {}

  /// Takes `part` off the front if it is there, as whole words between dots.
  bool take(const std::string& part) {
    if (!(rest_ + ".").starts_with(part + ".")) return false;
    rest_.erase(0, part.size() + 1);
    return true;
  }

  int take_number() {
    const std::string digits = rest_.substr(0, rest_.find('.'));
    const bool is_number = digits.find_first_not_of("0123456789") == std::string::npos;
    if (digits.empty() || digits.size() > 3 || !is_number) unknown();
    take(digits);
    return std::stoi(digits);
  }

  /// Replaces the one of our `names` that the path begins with.
  std::string rename(const Names& names) {
    for (const auto& [ours, theirs] : names) {
      if (take(ours)) return rest_.empty() ? theirs : theirs + "." + rest_;
    }
    unknown();
  }

  const std::string& rest() const { return rest_; }

  [[noreturn]] void unknown() const {
    throw std::invalid_argument("no single-file name is known for the parameter " + whole_);
  }

 private:
  std::string rest_;
  std::string whole_;
};

/// "a.number.b".
std::string join(const std::string& a, int64_t number, const std::string& b) {
  return a + "." + std::to_string(number) + "." + b;
}

const Names unet_ends = {
    {"conv_in", "input_blocks.0.0"},
    {"time_embedding.linear_1", "time_embed.0"},
    {"time_embedding.linear_2", "time_embed.2"},
    {"time_embedding.cond_proj", "time_embed.cond_proj"},
    {"add_embedding.linear_1", "label_emb.0.0"},
    {"add_embedding.linear_2", "label_emb.0.2"},
    {"conv_norm_out", "out.0"},
    {"conv_out", "out.2"},
};

const Names unet_resnet = {
    {"norm1", "in_layers.0"},  {"conv1", "in_layers.2"},  {"time_emb_proj", "emb_layers.1"},
    {"norm2", "out_layers.0"}, {"conv2", "out_layers.3"}, {"conv_shortcut", "skip_connection"},
};

/// A numbered block is a list: the resnet, the attention if there is one, the upsampler.
std::string unet_layer(Path& path, const std::string& blocks, int64_t first) {
  if (path.take("resnets")) {
    const int layer = path.take_number();
    return join(blocks, first + layer, "0." + path.rename(unet_resnet));
  }
  if (!path.take("attentions")) path.unknown();
  const int layer = path.take_number();
  return join(blocks, first + layer, "1." + path.rest());
}

std::string down_block(Path& path, const UNetConfig& c) {
  const int level = path.take_number();
  int64_t first = 1;  // behind conv_in
  for (int i = 0; i < level; ++i) first += c.layers_per_block.at(i) + 1;
  if (!path.take("downsamplers.0.conv")) return unet_layer(path, "input_blocks", first);
  return join("input_blocks", first + c.layers_per_block.at(level), "0.op." + path.rest());
}

std::string up_block(Path& path, const UNetConfig& c) {
  const int block = path.take_number();
  const int coarsest = static_cast<int>(c.levels()) - 1;
  int64_t first = 0;
  for (int i = 0; i < block; ++i) first += c.layers_per_block.at(coarsest - i) + 1;
  if (!path.take("upsamplers.0.conv")) return unet_layer(path, "output_blocks", first);
  const bool has_attention = c.up_block_types.at(block) == BlockType::cross_attention;
  const std::string place = has_attention ? "2.conv." : "1.conv.";
  const int64_t last = first + c.layers_per_block.at(coarsest - block);
  return join("output_blocks", last, place + path.rest());
}

std::string mid_block(Path& path) {
  if (path.take("attentions.0")) return "middle_block.1." + path.rest();
  if (!path.take("resnets")) path.unknown();
  const int layer = path.take_number();
  return join("middle_block", 2 * layer, path.rename(unet_resnet));
}

const Names vae_ends = {
    {"conv_in", "conv_in"}, {"conv_norm_out", "norm_out"}, {"conv_out", "conv_out"}};

const Names vae_resnet = {
    {"norm1", "norm1"},
    {"conv1", "conv1"},
    {"norm2", "norm2"},
    {"conv2", "conv2"},
    {"conv_shortcut", "nin_shortcut"},
};

const Names vae_attention = {
    {"group_norm", "norm"}, {"to_q", "q"}, {"to_k", "k"}, {"to_v", "v"}, {"to_out.0", "proj_out"},
};

/// The encoder's or the decoder's part of a name.
std::string vae_half(Path& path, int levels) {
  if (path.take("mid_block.attentions.0")) return "mid.attn_1." + path.rename(vae_attention);
  if (path.take("mid_block.resnets")) {
    const int layer = path.take_number();
    return "mid.block_" + std::to_string(layer + 1) + "." + path.rename(vae_resnet);
  }
  const bool is_down = path.take("down_blocks");
  if (!is_down && !path.take("up_blocks")) return path.rename(vae_ends);
  const int block = path.take_number();
  const std::string level = is_down ? join("down", block, "") : join("up", levels - 1 - block, "");
  if (path.take("downsamplers.0")) return level + "downsample." + path.rest();
  if (path.take("upsamplers.0")) return level + "upsample." + path.rest();
  if (!path.take("resnets")) path.unknown();
  const int layer = path.take_number();
  return level + join("block", layer, path.rename(vae_resnet));
}

const Names open_clip_ends = {
    {"embeddings.token_embedding.weight", "token_embedding.weight"},
    {"embeddings.position_embedding.weight", "positional_embedding"},
    {"final_layer_norm", "ln_final"},
};

const Names open_clip_layer = {
    {"layer_norm1", "ln_1"}, {"layer_norm2", "ln_2"},   {"self_attn.out_proj", "attn.out_proj"},
    {"mlp.fc1", "mlp.c_fc"}, {"mlp.fc2", "mlp.c_proj"},
};

}  // namespace

SingleFilePlace single_file_unet(const std::string& parameter, const UNetConfig& config) {
  Path path(parameter);
  if (path.take("down_blocks")) return {down_block(path, config)};
  if (path.take("mid_block")) return {mid_block(path)};
  if (path.take("up_blocks")) return {up_block(path, config)};
  return {path.rename(unet_ends)};
}

SingleFilePlace single_file_vae(const std::string& parameter, int levels) {
  Path path(parameter);
  if (path.take("quant_conv") || path.take("post_quant_conv")) return {parameter};
  const bool is_matrix =
      parameter.find(".attentions.0.to_") != std::string::npos && parameter.ends_with(".weight");
  const Part part = is_matrix ? Part::as_matrix : Part::whole;
  if (path.take("encoder")) return {"encoder." + vae_half(path, levels), part};
  if (path.take("decoder")) return {"decoder." + vae_half(path, levels), part};
  path.unknown();
}

SingleFilePlace single_file_open_clip(const std::string& parameter) {
  if (parameter == "text_projection.weight") return {"text_projection", Part::transposed};
  Path path(parameter);
  if (!path.take("text_model")) path.unknown();
  if (!path.take("encoder.layers")) return {path.rename(open_clip_ends)};
  const std::string layer = join("transformer.resblocks", path.take_number(), "");
  const std::string thirds[] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"};
  for (int third = 0; third < 3; ++third) {
    if (path.take(thirds[third]))
      return {layer + "attn.in_proj_" + path.rest(), Part::third, third};
  }
  return {layer + path.rename(open_clip_layer)};
}

}  // namespace sdxl
