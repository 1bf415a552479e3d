#pragma once

#include <map>
#include <string>

#include "nn/observe/knob.h"

namespace sdxl {

using tensor::Tensor;

/// Gives chosen cross-attentions the text of another prompt: their keys and values are those of
/// another context. Guidance's unconditional rows keep theirs.
///
/// Like SkipMute it runs to_k and to_v a second time, on the other context.
/// paper: arXiv 2303.09522 (P+), one prompt for each cross-attention layer
class ContextSwap : public nn::Knob {
 public:
  /// `images` is the number of conditional rows, the last ones of a batch; 0: the second half of an
  /// even batch, all rows of an odd one.
  explicit ContextSwap(int64_t images) : images_(images) {}
  /// The context (1, S, C) for the attention of a path.
  void set(const std::string& attention, const Tensor& context) { contexts_[attention] = context; }

  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  /// The other context of the attention that a to_k or to_v belongs to, or null.
  const Tensor* context_for(const std::string& path) const;

  int64_t images_;
  std::map<std::string, Tensor> contexts_;  // by the attention's path
  Tensor own_;                              // the context of the layer that is running
};

}  // namespace sdxl
