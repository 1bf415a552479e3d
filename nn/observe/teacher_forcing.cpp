#include "nn/observe/teacher_forcing.h"

#include "nn/conv2d.h"
#include "nn/embedding.h"
#include "nn/group_norm.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace nn {

void Comparer::on_output(const Module& module, const Tensor& output) {
  theirs_ = reference_(module.path());
  if (theirs_.empty()) return;
  comparison_.rows.push_back(difference(module.path(), output, theirs_));
}

Tensor TeacherForcing::replace(const Module& /*module*/, const Tensor& output) {
  const bool comparable = !theirs_.empty() && comparison().rows.back().problem.empty();
  return comparable ? theirs_ : output;
}

namespace {

/// The ids of an (N, S) tensor, row by row.
std::vector<std::vector<int64_t>> ids_of(const Tensor& tensor) {
  const auto [rows, columns] = tensor.dims<2>();
  std::vector<std::vector<int64_t>> ids;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = tensor.data() + i * columns;
    ids.emplace_back(row, row + columns);
  }
  return ids;
}

}  // namespace

Tensor replay(const Module& module, const Tensor& input) {
  if (const auto* layer = dynamic_cast<const Linear*>(&module)) return layer->forward(input);
  if (const auto* layer = dynamic_cast<const Conv2d*>(&module)) return layer->forward(input);
  if (const auto* layer = dynamic_cast<const GroupNorm*>(&module)) return layer->forward(input);
  if (const auto* layer = dynamic_cast<const LayerNorm*>(&module)) return layer->forward(input);
  if (const auto* layer = dynamic_cast<const Embedding*>(&module)) {
    return layer->forward(ids_of(input));
  }
  return {};
}

}  // namespace nn
