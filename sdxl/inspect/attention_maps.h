#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"
#include "sdxl/inspect/words.h"
#include "sdxl/unet/attention.h"

namespace sdxl {

using tensor::Tensor;

/// Attention maps: which positions attend to each word of a prompt (cross-attention, DAAM), or
/// which positions a chosen one attends to (self-attention).
///
///   weights = softmax(q k^T / sqrt(D))          q, k: outputs of a layer's to_q and to_k
///
///   map of a word  = sum of its tokens' weights, at each position of the latents
///   map of a place = the row of the weights that belongs to the place, over all positions
///
/// A weight is a share of attention. The maps of all tokens sum to 1 at every position; the map of
/// a place sums to 1 over all positions. The UNet's fast kernel does not keep the weights; they are
/// computed again from the recorded q and k.
///
/// Observes the UNet during its lifetime. Maps of coarser levels are enlarged to the latents' size
/// by resize_bicubic; that of a place is divided by the growth of its area, so that its sum stays
/// 1. Of several images the maps are those of the first, and with guidance of the conditional
/// input.
/// paper: arXiv 2210.04885 (DAAM), which sums such maps over layers, heads and steps
class AttentionMaps : public nn::Observer {
 public:
  enum class Rows { one, layers, heads, steps };
  /// A latent, counted from the upper left corner.
  struct Position {
    int64_t row, column;
  };
  struct Selection {
    std::vector<Word> words = {};           // cross-attention to these
    std::vector<Position> places = {};      // or, without words, self-attention from these
    Rows rows = Rows::one;                  // a row for each of these; means over the others
    nn::Recorder::Filter layers = nullptr;  // which attention modules, by path
    int64_t head = -1;                      // a single one; -1: all
    int64_t step = -1;
  };
  explicit AttentionMaps(Selection selection) : selection_(std::move(selection)) {}
  void on_output(const nn::Module& module, const Tensor& output) override;

  /// Adds the maps of the UNet's last run as those of a step, counted from 0; latents (N, 4, h, w).
  /// Errors: std::invalid_argument for a place outside of the latents.
  void end_step(int64_t step, const Tensor& latents);

  struct Row {
    std::string name;  // "all", the layer's path, "head 3", "step 12"
    Tensor maps;       // (words or places, h, w)
  };
  /// The maps of all steps so far, one row for each value of Selection::rows.
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

  Selection selection_;
  Tensor q_, k_;  // of the attention that is running
  std::vector<Seen> seen_;
  std::vector<Sum> sums_;
};

/// The attention modules of a UNet, in declaration order: those of one name in a transformer block,
/// "attn1" for self-attention or "attn2" for cross-attention.
std::vector<const Attention*> attentions_of(const nn::Module& unet, const std::string& name);

/// The shares of a map's (h, w) sum to the left of the middle and above it, each from 0 to 1.
struct Balance {
  double left, above;
};
Balance balance(const Tensor& map);

}  // namespace sdxl
