#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"
#include "sdxl/inspect/words.h"

namespace sdxl {

using tensor::Tensor;

/// Where the words of a prompt are looked at from: maps of cross-attention's weights.
///
///   weights = softmax(q k^T / sqrt(D))          q, k: what to_q and to_k of a layer put out
///   map of a word = its tokens' weights, one for each place of the latents
///
/// Each weight is the share of its place's attention that falls on the word, so that the maps of
/// all tokens come to 1 everywhere. The UNet runs as ever: its fast kernel never holds the weights,
/// and they are computed again, by the textbook's loops, from what the trace shows.
///
/// While one lives, it watches the UNet. Layers of coarser levels are enlarged to the latents'
/// size; of several images the first is looked at, and of guidance's halves the later, positive
/// one.
/// paper: arXiv 2210.04885 (DAAM), which adds such maps over layers, heads and steps
class AttentionMaps : public nn::Observer {
 public:
  enum class Rows { one, layers, heads, steps };
  struct Question {
    std::vector<Word> words;
    Rows rows = Rows::one;        // what is told apart; the rest is averaged
    nn::Recorder::Filter layers;  // accepts the paths of cross-attention modules
    int64_t head = -1;            // one alone; -1: all
    int64_t step = -1;
  };
  explicit AttentionMaps(Question question) : question_(std::move(question)) {}
  void on_output(const nn::Module& module, const Tensor& output) override;

  /// Takes what was seen last as that of this step, counted from 0; latents (N, 4, h, w).
  void end_step(int64_t step, const Tensor& latents);

  struct Row {
    std::string name;  // "all", the layer's path, "head 3", "step 12"
    Tensor maps;       // (words, h, w)
  };
  std::vector<Row> rows() const;

 private:
  struct Seen {
    std::string path;
    int64_t heads;
    Tensor q, k;
  };
  struct Sum {
    std::string name;
    Tensor total;
    int64_t count;
  };
  Tensor maps_of(const Seen& layer, const Tensor& latents) const;
  std::string row_name(const std::string& layer, int64_t head, int64_t step) const;
  void add(const std::string& name, const Tensor& maps);

  Question question_;
  Tensor q_, k_;  // of the attention that is running
  std::vector<Seen> seen_;
  std::vector<Sum> sums_;
};

/// How much of a map (h, w) lies left of the middle and above it, each from 0 to 1.
struct Balance {
  double left, above;
};
Balance balance(const Tensor& map);

}  // namespace sdxl
