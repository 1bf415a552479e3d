#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

/// Every op of the library. All of them return a new Tensor and leave their arguments unchanged.
/// Where an op takes x by value, the result may reuse the memory of a temporary, as in
/// silu(norm.forward(x)). A wrong shape is a std::invalid_argument that shows all shapes.
///
/// Letters: N batch, C channels, H W height and width, T = H * W tokens, S text tokens, D head
/// size. A name after "torch:" is in torch.nn.functional, unless it has a prefix.
/// How ops compute (backend, threads) is in tensor/compute.h.
namespace tensor {

// ---- pointwise: out[i] = f(x[i]) ----

/// a + b, a - b, a * b and a / b, element by element. The operands have the same rank; along an
/// axis of size 1 an operand is repeated (broadcast): (N, C, 1, 1) + (N, C, H, W) -> (N, C, H, W).
/// Errors: std::invalid_argument for another rank, or an axis that is neither equal nor 1.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
/// The same with a scalar: a[i] + b, a[i] - b, a b[i], a[i] / b. The shape stays.
Tensor operator+(const Tensor& a, float b);
Tensor operator-(const Tensor& a, float b);
Tensor operator*(float a, const Tensor& b);
Tensor operator/(const Tensor& a, float b);

/// x * sigmoid(x), also called swish. Any shape -> the same, here and below.
/// torch: silu   paper: arXiv 1702.03118
Tensor silu(Tensor x);
/// x * Phi(x) = x / 2 * (1 + erf(x / sqrt(2))): the exact function, not the tanh approximation.
/// torch: gelu   paper: arXiv 1606.08415
Tensor gelu(Tensor x);
/// x * sigmoid(1.702 x), the activation of OpenAI's CLIP.
/// transformers: activations.py, QuickGELUActivation
Tensor quick_gelu(Tensor x);
/// value * gelu(gate), where value and gate are the two halves of the last axis.
/// (..., 2 C) -> (..., C).
/// diffusers: models/activations.py, GEGLU (without its projection)   paper: arXiv 2002.05202
Tensor geglu(const Tensor& x);
/// max(x, 0); NaN stays.
Tensor relu(Tensor x);
/// The hyperbolic tangent, from -1 to 1.
Tensor tanh(Tensor x);
/// e to the power of x.
Tensor exp(Tensor x);
/// The square root; NaN below zero.
Tensor sqrt(Tensor x);
/// min(max(x, low), high); NaN stays.
/// Errors: std::invalid_argument unless low <= high.
Tensor clamp(Tensor x, float low, float high);

// ---- layout: the same elements in another order ----

/// Axis k of the result is axis order[k] of x: permute(x, {0, 2, 3, 1}) turns NCHW into NHWC.
/// Errors: std::invalid_argument unless `order` has each axis once.
Tensor permute(const Tensor& x, const std::vector<int>& order);
/// a and then b along one axis, which may be negative: -1 is the last.
/// Errors: std::invalid_argument for an axis that a does not have, and where the other axes differ.
Tensor concat(const Tensor& a, const Tensor& b, int axis);
Tensor concat(const std::vector<Tensor>& parts, int axis);
/// The indices `start` (included) to `stop` (excluded) of one axis.
/// Errors: std::invalid_argument for an axis that x does not have, or indices outside of it.
Tensor slice(const Tensor& x, int axis, int64_t start, int64_t stop);
/// The two halves of an axis. Errors: std::invalid_argument for an odd size.
std::pair<Tensor, Tensor> split_half(const Tensor& x, int axis);
/// Each pixel from its nearest source pixel: out[y, x] = in[y * H / height, x * W / width], rounded
/// down. (N, C, H, W) -> (N, C, height, width).
/// torch: interpolate(mode="nearest")
Tensor upsample_nearest(const Tensor& x, int64_t height, int64_t width);

// ---- linear algebra ----

/// A B over the last two axes: (..., n, k) x (..., k, m) -> (..., n, m); leading axes are equal.
/// Eigen's product (kernels/eigen/matmul.cpp) in every backend but textbook, which has the three
/// loops.
/// torch: torch.matmul, without broadcasting
Tensor matmul(const Tensor& a, const Tensor& b);
/// x W^T + b over the last axis: (..., I) -> (..., O), weight (O, I), bias (O) or null.
/// torch: linear
Tensor linear(const Tensor& x, const WeightView& weight, const WeightView* bias);
/// Rows of a table: N lists of S ids each, table (V, C) -> (N, S, C).
/// Errors: std::invalid_argument for an id outside of 0..V-1, or lists of unequal length.
/// torch: embedding
Tensor embedding(const std::vector<std::vector<int64_t>>& ids, const WeightView& table);

/// The X that minimises ||A X - B||, the sum of squares of all elements.
/// A (rows, n), B (rows, m) -> X (n, m).
/// Errors: std::invalid_argument when A's columns are linearly dependent.
Tensor least_squares(const Tensor& a, const Tensor& b);

// ---- convolution ----

/// Zeros around an image, in pixels.
struct Padding {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;
  static Padding all(int pixels) { return {pixels, pixels, pixels, pixels}; }
};

/// Cross-correlation with zero padding, which the field calls convolution:
///
///   out[n, o, y, x] = b[o] + sum_{c, i, j} w[o, c, i, j] in[n, c, y s + i - top, x s + j - left]
///
/// (N, C, H, W) -> (N, O, (H + top + bottom - K) / s + 1, (W + left + right - K) / s + 1);
/// weight (O, C, K, K), bias (O) or null.
///
/// `upsample` enlarges the image first, H and W by that factor, as upsample_nearest does. The
/// result is the same, but the larger image is never built.
/// Errors: std::invalid_argument also for a negative padding, or a stride or factor below 1.
/// torch: conv2d
Tensor conv2d(const Tensor& x, const WeightView& weight, const WeightView* bias, int stride,
              const Padding& padding, int upsample = 1);

// ---- normalisation: biased variance, as the papers have it ----

/// (x - mean) / sqrt(var + eps) * weight + bias (also called gamma and beta), with mean and var
/// over each sample's group of C / groups channels and all pixels.
/// (N, C, H, W), or (N, C, T) -> the same; weight, bias (C).
/// Errors: std::invalid_argument also where C is no multiple of `groups`.
/// torch: group_norm   paper: arXiv 1803.08494
Tensor group_norm(Tensor x, int64_t groups, const WeightView& weight, const WeightView& bias,
                  float eps);
/// (x - mean) / sqrt(var + eps) * weight + bias, with mean and var over the last axis.
/// (..., C) -> the same; weight, bias (C).
/// torch: layer_norm   paper: arXiv 1607.06450
Tensor layer_norm(Tensor x, const WeightView& weight, const WeightView& bias, float eps);

// ---- attention ----

enum class Mask { none, causal };

/// softmax(Q K^T / sqrt(D)) V for each head; head h owns channels h D .. (h + 1) D - 1.
/// q (N, T, heads D), k and v (N, S, heads D) -> (N, T, heads D).
/// With a causal mask, position t attends to positions 0..t only.
/// Errors: std::invalid_argument also for S = 0.
/// torch: scaled_dot_product_attention   paper: arXiv 1706.03762, equation 1
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    int64_t heads, Mask mask = Mask::none);

/// softmax(Q K^T / sqrt(D)) alone: the weight of each key for each query, by the textbook's loops.
/// For inspection: a forward pass never stores these weights.
/// q (N, T, heads D), k (N, S, heads D) -> (N, heads, T, S).
Tensor attention_weights(const Tensor& q, const Tensor& k, int64_t heads, Mask mask = Mask::none);

// ---- positions ----

/// A scalar, such as a timestep, as a vector of sines and cosines of rising wavelengths. With
/// half = dim / 2:
///
///   frequency_k = exp(-ln(10000) k / (half - shift)),   k = 0 .. half - 1
///   row         = [sin(value frequency_k) ..., cos(value frequency_k) ...], or the cosines first
///
/// A list of n values -> (n, dim); an odd dim ends in a 0. SDXL has the cosines first and shift 0.
/// Errors: std::invalid_argument for a dim below 1.
/// diffusers: models/embeddings.py, get_timestep_embedding   paper: arXiv 1706.03762, section 3.5
Tensor sinusoidal_embedding(const std::vector<float>& values, int64_t dim, bool cosines_first,
                            float shift);

// ---- statistics, accumulated in double ----

/// Mean of all elements. Errors: std::invalid_argument for a tensor without elements.
double mean(const Tensor& x);
/// Standard deviation of each sample over all its n elements, with the divisor n - 1:
/// (N, ...) -> (N, 1, ...). Errors: std::invalid_argument for fewer than two elements a sample.
Tensor std_per_sample(const Tensor& x);
/// True if an element is NaN or infinite.
bool has_non_finite(const Tensor& x);

}  // namespace tensor
