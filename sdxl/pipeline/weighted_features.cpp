#include "sdxl/pipeline/weighted_features.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using Ids = std::vector<std::vector<int64_t>>;
using Chunks = std::vector<PromptChunk>;

Ids ids_of(const Chunks& chunks) {
  Ids ids;
  for (const PromptChunk& chunk : chunks) ids.push_back(chunk.encoding.ids);
  return ids;
}

bool has_weights(const PromptChunk& chunk) {
  return std::ranges::any_of(chunk.weights, [](double weight) { return weight != 1.0; });
}

/// The weights of a chunk's tokens: (1, S, 1).
Tensor weights_of(const PromptChunk& chunk) {
  const std::vector<float> weights(chunk.weights.begin(), chunk.weights.end());
  return Tensor::from({1, static_cast<int64_t>(weights.size()), 1}, weights);
}

/// (k, S, C) -> (1, k S, C)
Tensor side_by_side(const Tensor& z) {
  const auto [k, s, c] = z.dims<3>();
  return z.reshape({1, k * s, c});
}

/// A function of each chunk's features (1, S, C) that has weights; the others stay.
template <class Weigh>
Tensor weigh_chunks(const Tensor& z, const Chunks& chunks, const Weigh& weigh) {
  std::vector<Tensor> parts;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const Tensor part = slice(z, 0, row, row + 1);
    parts.push_back(has_weights(chunks[i]) ? weigh(part, weights_of(chunks[i])) : part);
  }
  return concat(parts, 0);
}

/// z w, with the mean of z.
Tensor with_mean_restored(const Tensor& z, const Tensor& w) {
  const Tensor weighted = z * w;
  const double ratio = mean(z) / mean(weighted);
  tensor::require(std::isfinite(ratio),
                  "prompt: its weights make the mean of the features zero, which A1111's rule "
                  "divides by; expected other weights");
  return static_cast<float>(ratio) * weighted;
}

PromptFeatures as_a1111(const Chunks& chunks, const EncodeIds& encode) {
  const PromptFeatures features = encode(ids_of(chunks), {});
  return {side_by_side(weigh_chunks(features.context, chunks, with_mean_restored)),
          slice(features.pooled, 0, 0, 1)};
}

/// 0 for the tokens of a run, from its first to its last one with all between them; but the first
/// and the last token of a chunk are visible. (k, S)
Tensor visible_without(int run, const Chunks& chunks) {
  const size_t length = chunks.front().runs.size();
  std::vector<int> runs;
  for (const PromptChunk& chunk : chunks) {
    runs.insert(runs.end(), chunk.runs.begin(), chunk.runs.end());
  }
  const auto first = std::ranges::find(runs, run) - runs.begin();
  const auto last = runs.rend() - std::find(runs.rbegin(), runs.rend(), run);  // one behind it
  std::vector<float> visible(runs.size(), 1.0f);
  std::fill(visible.begin() + first, visible.begin() + last, 0.0f);
  for (size_t i = 0; i < visible.size(); i += length) visible[i] = visible[i + length - 1] = 1.0f;
  return Tensor::from({static_cast<int64_t>(chunks.size()), static_cast<int64_t>(length)}, visible);
}

/// The runs of a weight below 1, in order, and their weights.
std::vector<std::pair<int, double>> weakened_runs(const Chunks& chunks) {
  std::vector<std::pair<int, double>> weakened;
  for (const PromptChunk& chunk : chunks) {
    for (size_t i = 0; i < chunk.runs.size(); ++i) {
      const bool is_new = weakened.empty() || weakened.back().first != chunk.runs[i];
      if (chunk.weights[i] < 1.0 && is_new) weakened.emplace_back(chunk.runs[i], chunk.weights[i]);
    }
  }
  return weakened;
}

PromptFeatures as_compel(const ClipTokenizer& tokenizer, const std::string& prompt,
                         const Chunks& chunks, const EncodeIds& encode) {
  const Ids ids = ids_of(chunks), typed = {tokenizer.encode(prompt).ids};
  const PromptFeatures whole = encode(ids, {});
  const bool is_typed_so = ids.front() == typed.front();
  const Tensor pooled = is_typed_so ? slice(whole.pooled, 0, 0, 1) : encode(typed, {}).pooled;
  if (std::ranges::none_of(chunks, has_weights)) return {side_by_side(whole.context), pooled};

  const Tensor empty = encode({tokenizer.encode("").ids}, {}).context;  // (1, S, C)
  const auto weigh = [&](const Tensor& z, const Tensor& w) { return empty + (z - empty) * w; };
  Tensor sum = weigh_chunks(whole.context, chunks, weigh);
  double shares = 1.0;
  for (const auto& [run, weight] : weakened_runs(chunks)) {
    const double share = std::tan((1.0 - std::max(weight, 1e-5)) * std::numbers::pi / 2.0);
    const Tensor without = encode(ids, visible_without(run, chunks)).context;
    sum = sum + static_cast<float>(share) * weigh_chunks(without, chunks, weigh);
    shares += share;
  }
  return {side_by_side(sum / static_cast<float>(shares)), pooled};
}

}  // namespace

PromptFeatures weighted_features(const ClipTokenizer& tokenizer, PromptSyntax syntax,
                                 const std::string& prompt, const EncodeIds& encode) {
  const Chunks chunks = prompt_chunks(tokenizer, syntax, prompt);
  return syntax == PromptSyntax::compel ? as_compel(tokenizer, prompt, chunks, encode)
                                        : as_a1111(chunks, encode);
}

}  // namespace sdxl
