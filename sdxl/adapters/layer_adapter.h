#pragma once

#include <map>
#include <string>

#include "nn/adapter.h"
#include "nn/weight_source.h"
#include "tensor/tensor.h"
#include "tensor/weight.h"

namespace sdxl {

using tensor::Tensor;

/// What an adapter's file holds for one layer of weight W, and the factor s of its change:
///
///   LoRA   W' = W + s B A
///   LoCon  the same for a convolution: A is a convolution to r channels, B one of 1 x 1
///   LoHa   W' = W + s (w1_a w1_b) * (w2_a w2_b)          element by element
///   LoKr   W' = W + s kron(w1, w2)
///   DoRA   W' = m (W + s B A) / |W + s B A|              with the norm of each output's row
///
/// s = scale alpha / r, with the user's scale and the rank r.
/// papers: arXiv 2106.09685 (LoRA), 2309.14859 (LoCon, LoHa and LoKr in LyCORIS), 2402.09353 (DoRA)
struct LayerAdapter {
  std::string name;  // of the layer, as the file spells it, for messages
  std::map<std::string, tensor::WeightView> parts;  // by part: see AdapterName
  double factor = 1.0;                              // s

  bool has(const std::string& part) const { return parts.contains(part); }
  const tensor::WeightView& view(const std::string& part) const { return parts.at(part); }
  Tensor part(const std::string& part) const { return Tensor::from(view(part)); }
  bool is_low_rank() const { return has("down"); }
  /// r; 0 for a LoKr of whole matrices, whose alpha has no effect.
  int64_t rank() const;
};

/// The change of a weight of this shape without its factor: B A, the element-wise product, or the
/// Kronecker product.
Tensor weight_change(const LayerAdapter& adapter, const tensor::Shape& shape);

/// W' of the table above, for a weight that may have other adapters merged into it already. As
/// beside a layer, the norm of DoRA is that of the layer's `own` weight with this adapter alone.
/// peft: tuners/lora/layer.py, merge
Tensor merged_weight(const LayerAdapter& adapter, const tensor::WeightView& weight,
                     const tensor::WeightView& own);

/// m / |W + s B A| for each output, of an adapter with a magnitude (DoRA). -> (out)
Tensor magnitude_gain(const LayerAdapter& adapter, const tensor::WeightView& weight);

/// Errors: std::runtime_error beginning with `file`, for parts that are missing or do not fit each
/// other or the layer's weight: another rank, another width, another kernel.
void expect_fits(const LayerAdapter& adapter, const nn::AdaptableLayer& layer,
                 const std::string& file);

/// A layer's weight.
const tensor::WeightView& weight_of(const nn::AdaptableLayer& layer);

}  // namespace sdxl
