#include "sdxl/inspect/attention_maps.h"

#include <algorithm>

#include "sdxl/inspect/bicubic.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// A size in latents, or in positions of a coarser level.
struct Size {
  int64_t height, width;
  int64_t count() const { return height * width; }
};

/// The size of the UNet's level with this number of positions. Levels halve the size, rounded up.
Size level_size(int64_t positions, Size size) {
  while (size.count() > positions && size.count() > 1) {
    size = {(size.height + 1) / 2, (size.width + 1) / 2};
  }
  tensor::require(size.count() == positions,
                  "attention_maps: no level of the UNet has {} positions; are the latents of "
                  "another size?",
                  positions);
  return size;
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

/// The queries of the places, each at the position of the level that covers it: (1, places, C).
Tensor rows_at(const std::vector<AttentionMaps::Position>& places, const Tensor& q,
               const Size& level, const Size& fine) {
  std::vector<Tensor> rows;
  for (const auto& [row, column] : places) {
    tensor::require(row >= 0 && row < fine.height && column >= 0 && column < fine.width,
                    "attention_maps: ({}, {}) is outside of {} x {} latents", row, column,
                    fine.height, fine.width);
    const int64_t y = row * level.height / fine.height, x = column * level.width / fine.width;
    const int64_t position = y * level.width + x;
    rows.push_back(slice(q, 1, position, position + 1));
  }
  return concat(rows, 1);
}

}  // namespace

void AttentionMaps::on_output(const nn::Module& module, const Tensor& output) {
  if (module.path().ends_with("to_q")) q_ = output;
  if (module.path().ends_with("to_k")) k_ = output;
  const auto* attention = dynamic_cast<const Attention*>(&module);
  if (!attention || !selection_.layers(module.path())) return;
  std::erase_if(seen_, [&](const Seen& layer) { return layer.path == module.path(); });
  seen_.push_back({module.path(), attention->heads(), q_, k_});
}

void AttentionMaps::end_step(int64_t step, const Tensor& latents) {
  const bool is_chosen = selection_.step < 0 || selection_.step == step;
  for (const Seen& layer : seen_) {
    if (!is_chosen) break;
    const Tensor maps = maps_of(layer, latents);
    for (int64_t head = 0; head < layer.heads; ++head) {
      if (selection_.head >= 0 && selection_.head != head) continue;
      add(row_name(layer.path, head, step), slice(maps, 0, head, head + 1));
    }
  }
  seen_.clear();
}

Tensor AttentionMaps::maps_of(const Seen& layer, const Tensor& latents) const {
  const int64_t first = layer.q.dim(0) - latents.dim(0);  // after the unconditional input
  const Tensor q = slice(layer.q, 0, first, first + 1), k = slice(layer.k, 0, first, first + 1);
  const Size fine = {latents.dim(2), latents.dim(3)}, level = level_size(q.dim(1), fine);
  if (selection_.words.empty()) {
    Tensor maps = attention_weights(rows_at(selection_.places, q, level, fine), k, layer.heads);
    const auto places = static_cast<int64_t>(selection_.places.size());
    maps = maps.reshape({layer.heads, places, level.height, level.width});
    const float growth = static_cast<float>(fine.count()) / static_cast<float>(level.count());
    return resize_bicubic(maps, fine.height, fine.width) / growth;
  }
  const int64_t tokens = k.dim(1);
  const auto words = static_cast<int64_t>(selection_.words.size());
  Tensor maps = attention_weights(q, k, layer.heads);  // (1, heads, T, S)
  maps = matmul(maps.reshape({layer.heads * level.count(), tokens}),
                selection(selection_.words, tokens));
  maps = maps.reshape({layer.heads, level.height, level.width, words});
  maps = permute(maps, {0, 3, 1, 2});  // (heads, words, h, w)
  return resize_bicubic(maps, fine.height, fine.width);
}

std::string AttentionMaps::row_name(const std::string& layer, int64_t head, int64_t step) const {
  switch (selection_.rows) {
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

std::vector<const Attention*> attentions_of(const nn::Module& unet, const std::string& name) {
  std::vector<const Attention*> found;
  for (const nn::Module* child : unet.children()) {
    const auto* attention = dynamic_cast<const Attention*>(child);
    if (attention && child->path().ends_with("." + name)) found.push_back(attention);
    const std::vector<const Attention*> below = attentions_of(*child, name);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
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
