#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    int64_t heads, Mask mask) {
  require(q.shape().rank() == 3 && k.shape() == v.shape() && k.shape().rank() == 3 &&
              q.dim(0) == k.dim(0) && q.dim(2) == k.dim(2) && heads > 0 && q.dim(2) % heads == 0,
          "scaled_dot_product_attention expects q (N, T, heads D), k and v (N, S, heads D) with {} "
          "heads, got {}, {} and {}",
          heads, q.shape(), k.shape(), v.shape());
  require(k.dim(1) > 0, "scaled_dot_product_attention expects at least one key, got {}", k.shape());
  Tensor out = Tensor::uninitialized(q.shape());
  const kernels::AttentionShape shape = {q.dim(0), q.dim(1),         k.dim(1),
                                         heads,    q.dim(2) / heads, mask == Mask::causal};
  kernels::attention(q.data(), k.data(), v.data(), shape, out.mutable_data());
  return out;
}

Tensor attention_weights(const Tensor& q, const Tensor& k, int64_t heads, Mask mask) {
  require(q.shape().rank() == 3 && k.shape().rank() == 3 && q.dim(0) == k.dim(0) &&
              q.dim(2) == k.dim(2) && heads > 0 && q.dim(2) % heads == 0,
          "attention_weights expects q (N, T, heads D) and k (N, S, heads D) with {} heads, got {} "
          "and {}",
          heads, q.shape(), k.shape());
  Tensor out = Tensor::uninitialized({q.dim(0), heads, q.dim(1), k.dim(1)});
  const kernels::AttentionShape shape = {q.dim(0), q.dim(1),         k.dim(1),
                                         heads,    q.dim(2) / heads, mask == Mask::causal};
  kernels::attention_weights(q.data(), k.data(), shape, out.mutable_data());
  return out;
}

}  // namespace tensor
