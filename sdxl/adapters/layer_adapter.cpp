#include "sdxl/adapters/layer_adapter.h"

#include <cmath>
#include <vector>

#include "nn/parameter.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::Shape;

/// The elements behind the first axis as one axis: (out, in, k, k) -> (out, in k k).
Tensor as_matrix(const Tensor& x) { return x.reshape({x.dim(0), x.size() / x.dim(0)}); }

/// A convolution's weight from its factors in the channels (Tucker):
///
///   w[o, i, y, x] = sum_{p, q} outer[o, p] core[p, q, y, x] inner[q, i]
///
/// outer (O, P), core (P, Q, k, k), inner (Q, I) -> (O, I, k, k)
Tensor tucker(const Tensor& outer, const Tensor& core, const Tensor& inner) {
  const auto [p, q, height, width] = core.dims<4>();
  const Tensor left = matmul(outer, core.reshape({p, q * height * width}));  // (O, Q k k)
  const Tensor pixels =
      permute(left.reshape({outer.dim(0), q, height * width}), {0, 2, 1});  // (O, k k, Q)
  const Tensor both =
      matmul(pixels.reshape({outer.dim(0) * height * width, q}), inner);  // (O k k, I)
  return permute(both.reshape({outer.dim(0), height * width, inner.dim(1)}), {0, 2, 1})
      .reshape({outer.dim(0), inner.dim(1), height, width});
}

Tensor transposed(const Tensor& x) { return permute(x, {1, 0}); }

/// B A, of a LoCon with its middle convolution.
Tensor low_rank(const LayerAdapter& a) {
  const Tensor up = as_matrix(a.part("up"));
  if (!a.has("mid")) return matmul(up, as_matrix(a.part("down")));
  return tucker(up, a.part("mid"), as_matrix(a.part("down")));
}

/// One side of a LoHa: w_a w_b, or with a core the convolution that they are the factors of.
Tensor hadamard_side(const LayerAdapter& a, const std::string& number) {
  const Tensor left = a.part("hada_w" + number + "_a");
  const Tensor right = a.part("hada_w" + number + "_b");
  if (!a.has("hada_t" + number)) return matmul(left, right);
  return tucker(transposed(left), a.part("hada_t" + number), right);
}

/// A side of a LoKr, whole or as a product.
Tensor kronecker_side(const LayerAdapter& a, const std::string& side) {
  if (a.has(side)) return a.part(side);
  const Tensor left = a.part(side + "_a"), right = a.part(side + "_b");
  if (side == "lokr_w2" && a.has("lokr_t2")) {
    return tucker(transposed(left), a.part("lokr_t2"), right);
  }
  return matmul(left, right);
}

/// kron(a, b)[i p + k, j q + l ...] = a[i, j] b[k, l ...]; a (m, n), b (p, q ...)
/// -> (m p, n q ...) as a matrix.
Tensor kron(const Tensor& a, const Tensor& b) {
  const auto [m, n] = a.dims<2>();
  const int64_t p = b.dim(0), columns = b.size() / p;
  Tensor out = Tensor::uninitialized({m * p, n * columns});
  float* element = out.mutable_data();
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t k = 0; k < p; ++k) {
      for (int64_t j = 0; j < n; ++j) {
        const float factor = a.data()[i * n + j];
        for (int64_t c = 0; c < columns; ++c) *element++ = factor * b.data()[k * columns + c];
      }
    }
  }
  return out;
}

/// The norm of each row.
std::vector<double> row_norms(const Tensor& x) {
  const int64_t rows = x.dim(0), columns = x.size() / rows;
  std::vector<double> norms;
  for (int64_t i = 0; i < rows; ++i) {
    double sum = 0.0;
    for (int64_t j = 0; j < columns; ++j) {
      const double value = x.data()[i * columns + j];
      sum += value * value;
    }
    norms.push_back(std::sqrt(sum));
  }
  return norms;
}

Tensor moved_weight(const LayerAdapter& a, const tensor::WeightView& weight) {
  return Tensor::from(weight) + static_cast<float>(a.factor) * weight_change(a, weight.shape);
}

}  // namespace

int64_t LayerAdapter::rank() const {
  for (const char* first : {"down", "hada_w1_b", "lokr_w1_b", "lokr_w2_b"}) {
    if (has(first)) return view(first).shape.dim(0);
  }
  return 0;
}

Tensor weight_change(const LayerAdapter& a, const Shape& shape) {
  if (a.is_low_rank()) return low_rank(a).reshape(shape);
  if (a.has("hada_w1_a")) return (hadamard_side(a, "1") * hadamard_side(a, "2")).reshape(shape);
  return kron(kronecker_side(a, "lokr_w1"), kronecker_side(a, "lokr_w2")).reshape(shape);
}

Tensor magnitude_gain(const LayerAdapter& a, const tensor::WeightView& weight) {
  const std::vector<double> norms = row_norms(moved_weight(a, weight));
  const Tensor magnitude = a.part("magnitude");
  std::vector<float> gain;
  for (size_t i = 0; i < norms.size(); ++i) {
    gain.push_back(static_cast<float>(magnitude.data()[i] / norms[i]));
  }
  return Tensor::from({magnitude.size()}, std::move(gain));
}

Tensor merged_weight(const LayerAdapter& a, const tensor::WeightView& weight,
                     const tensor::WeightView& own) {
  const Tensor moved = moved_weight(a, weight);
  if (!a.has("magnitude")) return moved;
  const Tensor gain = magnitude_gain(a, own);
  return (gain.reshape({gain.size(), 1}) * as_matrix(moved)).reshape(weight.shape);
}

const tensor::WeightView& weight_of(const nn::AdaptableLayer& layer) {
  return layer.parameters().front()->view();
}

}  // namespace sdxl
