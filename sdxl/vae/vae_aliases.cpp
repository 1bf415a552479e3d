#include "sdxl/vae/vae_aliases.h"

#include <string_view>
#include <utility>
#include <vector>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr std::string_view attention = "mid_block.attentions.0.";

const std::vector<std::pair<std::string, std::string>> aliases = {
    {"query.", "to_q."},
    {"key.", "to_k."},
    {"value.", "to_v."},
    {"proj_attn.", "to_out.0."},
};

/// Where the attention's own part of a name begins; npos for other layers.
size_t attention_part(const std::string& name) {
  const size_t at = name.find(attention);
  return at == std::string::npos ? at : at + attention.size();
}

std::string current_name(const std::string& name) {
  const size_t at = attention_part(name);
  if (at == std::string::npos) return name;
  for (const auto& [old_part, new_part] : aliases) {
    if (name.compare(at, old_part.size(), old_part) != 0) continue;
    return name.substr(0, at) + new_part + name.substr(at + old_part.size());
  }
  return name;
}

}  // namespace

tensor::WeightView without_pixels(tensor::WeightView view) {
  if (view.shape.rank() == 4 && view.shape.dim(2) == 1 && view.shape.dim(3) == 1) {
    view.shape = {view.shape.dim(0), view.shape.dim(1)};
  }
  return view;
}

nn::WeightSource with_current_names(nn::WeightSource source) {
  std::map<std::string, tensor::WeightView> weights;
  int renamed = 0;
  for (const auto& [name, view] : source.weights) {
    const std::string current = current_name(name);
    const bool is_attention = attention_part(name) != std::string::npos;
    // A file with both names keeps both, and loading reports the old one as unused.
    const bool taken = current != name && source.weights.contains(current);
    weights[taken ? name : current] = is_attention ? without_pixels(view) : view;
    renamed += current != name && !taken;
  }
  source.weights = std::move(weights);
  if (renamed > 0) {
    source.description += tensor::format(
        " ({} weights renamed: query, key, value, proj_attn are now to_q, to_k, to_v, to_out.0)",
        renamed);
  }
  return source;
}

}  // namespace sdxl
