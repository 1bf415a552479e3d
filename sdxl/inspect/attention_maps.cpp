#include "sdxl/inspect/attention_maps.h"

#include <algorithm>

#include "sdxl/unet/attention.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The size of the UNet's level with this number of positions. Levels halve the size, rounded up.
std::pair<int64_t, int64_t> level_size(int64_t places, int64_t height, int64_t width) {
  while (height * width > places && height * width > 1) {
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  tensor::require(height * width == places,
                  "attention_maps: no level of the UNet has {} places; are the latents of another "
                  "size?",
                  places);
  return {height, width};
}

/// A column for each word, 1 at its tokens: (S, words).
Tensor selection(const std::vector<Word>& words, int64_t tokens) {
  const auto count = static_cast<int64_t>(words.size());
  Tensor columns = Tensor::zeros({tokens, count});
  for (int64_t i = 0; i < count; ++i) {
    for (const int64_t token : words[i].tokens) columns.mutable_data()[token * count + i] = 1.0f;
  }
  return columns;
}

}  // namespace

void AttentionMaps::on_output(const nn::Module& module, const Tensor& output) {
  if (module.path().ends_with("to_q")) q_ = output;
  if (module.path().ends_with("to_k")) k_ = output;
  const auto* attention = dynamic_cast<const Attention*>(&module);
  if (!attention || !question_.layers(module.path())) return;
  std::erase_if(seen_, [&](const Seen& layer) { return layer.path == module.path(); });
  seen_.push_back({module.path(), attention->heads(), q_, k_});
}

void AttentionMaps::end_step(int64_t step, const Tensor& latents) {
  const bool is_chosen = question_.step < 0 || question_.step == step;
  for (const Seen& layer : seen_) {
    if (!is_chosen) break;
    const Tensor maps = maps_of(layer, latents);
    for (int64_t head = 0; head < layer.heads; ++head) {
      if (question_.head >= 0 && question_.head != head) continue;
      add(row_name(layer.path, head, step), slice(maps, 0, head, head + 1));
    }
  }
  seen_.clear();
}

Tensor AttentionMaps::maps_of(const Seen& layer, const Tensor& latents) const {
  const auto [batch, places, channels] = layer.q.dims<3>();
  const auto [images, latent_channels, height, width] = latents.dims<4>();
  const int64_t first = batch - images;  // after the unconditional input
  const Tensor q = slice(layer.q, 0, first, first + 1), k = slice(layer.k, 0, first, first + 1);
  const int64_t tokens = k.dim(1);
  const auto words = static_cast<int64_t>(question_.words.size());
  const auto [h, w] = level_size(places, height, width);

  Tensor maps = attention_weights(q, k, layer.heads);  // (1, heads, T, S)
  maps = matmul(maps.reshape({layer.heads * places, tokens}), selection(question_.words, tokens));
  maps = maps.reshape({layer.heads, h, w, words});  // a word's weight is the sum over its tokens
  maps = permute(maps, {0, 3, 1, 2});               // (heads, words, h, w)
  return upsample_nearest(maps, height, width);
}

std::string AttentionMaps::row_name(const std::string& layer, int64_t head, int64_t step) const {
  switch (question_.rows) {
    case Rows::one:
      return "all";
    case Rows::layers:
      return layer;
    case Rows::heads:
      return tensor::format("head {}", head);
    case Rows::steps:
      return tensor::format("step {}", step);
  }
  return "";
}

void AttentionMaps::add(const std::string& name, const Tensor& maps) {
  const auto found =
      std::find_if(sums_.begin(), sums_.end(), [&](const Sum& sum) { return sum.name == name; });
  if (found == sums_.end()) {
    sums_.push_back({name, maps, 1});
    return;
  }
  found->total = found->total + maps;
  ++found->count;
}

std::vector<AttentionMaps::Row> AttentionMaps::rows() const {
  std::vector<Row> rows;
  for (const Sum& sum : sums_) {
    const Tensor mean = sum.total / static_cast<float>(sum.count);
    rows.push_back({sum.name, mean.reshape({mean.dim(1), mean.dim(2), mean.dim(3)})});
  }
  return rows;
}

Balance balance(const Tensor& map) {
  const auto [h, w] = map.dims<2>();
  double all = 0.0, left = 0.0, above = 0.0;
  for (int64_t y = 0; y < h; ++y) {
    for (int64_t x = 0; x < w; ++x) {
      // The middle row and column of an odd size count half to either side.
      const double value = map.at({y, x});
      all += value;
      left += 2 * x + 1 < w ? value : 2 * x + 1 == w ? value / 2 : 0.0;
      above += 2 * y + 1 < h ? value : 2 * y + 1 == h ? value / 2 : 0.0;
    }
  }
  return all > 0.0 ? Balance{left / all, above / all} : Balance{0.5, 0.5};
}

}  // namespace sdxl
