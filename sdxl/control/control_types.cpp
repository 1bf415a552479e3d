#include "sdxl/control/control_types.h"

#include <algorithm>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The kinds of xinsir's controlnet-union-sdxl-1.0, and two more of its promax, each with the names
/// of what makes such pictures.
const std::vector<std::vector<std::string>> names = {
    {"openpose"},
    {"depth"},
    {"scribble", "hed", "softedge"},  // thick lines
    {"canny", "lineart", "mlsd"},     // thin lines
    {"normal"},
    {"segment"},
    {"tile", "blur"},
    {"repaint", "inpaint", "outpaint"},
};

/// (N, C, h, w) -> (N, 1, C)
Tensor mean_of_pixels(const Tensor& x) {
  const auto [n, c, height, width] = x.dims<4>();
  const Tensor share = Tensor::full({height * width, 1}, 1.0f / static_cast<float>(height * width));
  return matmul(x.reshape({n * c, height * width}), share).reshape({n, 1, c});
}

}  // namespace

ControlTypes::ControlTypes(nn::Module* control_net, const ControlNetConfig& c)
    : config(c),
      task_embedding(control_net, "task_embedding", {c.types, c.unet.block_out_channels.front()}),
      transformer_layes({control_net, "transformer_layes"}),
      spatial_ch_projs({control_net, "spatial_ch_projs"}, c.unet.block_out_channels.front(),
                       c.unet.block_out_channels.front()),
      control_add_embedding({control_net, "control_add_embedding"},
                            c.types * c.unet.addition_time_embed_dim, c.unet.time_embed_dim()) {
  for (int64_t i = 0; i < c.type_layers; ++i) {
    transformer_layes.add(c.unet.block_out_channels.front(), c.type_heads);
  }
}

Tensor ControlTypes::add_pictures(const Tensor& h, const std::vector<Tensor>& embeddings,
                                  const std::vector<ControlPicture>& pictures) const {
  const auto [n, c, height, width] = h.dims<4>();
  std::vector<Tensor> tokens;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Tensor type = slice(task_embedding.to_tensor(), 0, pictures[i].type,
                              pictures[i].type + 1);  // (1, C)
    const auto scale = static_cast<float>(pictures[i].scale);
    tokens.push_back(scale * (mean_of_pixels(embeddings[i]) + type.reshape({1, 1, c})));
  }
  tokens.push_back(mean_of_pixels(h));
  Tensor x = concat(tokens, 1);  // (N, pictures + 1, C)
  for (const ResidualAttentionBlock& layer : transformer_layes) x = layer.forward(x);

  Tensor sum = h;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const auto place = static_cast<int64_t>(i);
    const Tensor colour = spatial_ch_projs.forward(slice(x, 1, place, place + 1).reshape({n, c}));
    const auto scale = static_cast<float>(pictures[i].scale);
    sum = sum + scale * (embeddings[i] + colour.reshape({n, c, 1, 1}));
  }
  return sum;
}

Tensor ControlTypes::embed_types(int64_t n, const std::vector<ControlPicture>& pictures) const {
  std::vector<float> flags(static_cast<size_t>(config.types), 0.0f);
  for (const ControlPicture& picture : pictures) flags.at(picture.type) = 1.0f;
  const Tensor row = tensor::sinusoidal_embedding(flags, config.unet.addition_time_embed_dim,
                                                  config.unet.flip_sin_to_cos,
                                                  config.unet.freq_shift);  // (types, 256)
  const std::vector<Tensor> rows(static_cast<size_t>(n), row.reshape({1, row.size()}));
  return control_add_embedding.forward(concat(rows, 0));
}

std::optional<int64_t> control_type(const std::string& text, int64_t types) {
  for (int64_t type = 0; type < types; ++type) {
    const bool has_name = type < std::ssize(names) && std::ranges::count(names[type], text) > 0;
    if (has_name || text == std::to_string(type)) return type;
  }
  return std::nullopt;
}

std::string control_type_names(int64_t types) {
  std::string text;
  for (int64_t type = 0; type < types; ++type) {
    const std::string name = type < std::ssize(names) ? names[type].front() + " " : "";
    text += tensor::format("{}{}({})", type > 0 ? ", " : "", name, type);
  }
  return text;
}

}  // namespace sdxl
