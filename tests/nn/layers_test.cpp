#include <doctest/doctest.h>

#include "nn/conv2d.h"
#include "nn/embedding.h"
#include "nn/group_norm.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "tests/support/golden.h"

using support::Golden;
using tensor::Padding;

namespace {

/// "" when the layer's output on its golden's x is torch's.
template <class Layer>
std::string check(Layer& layer, const std::string& name) {
  const Golden golden(name);
  golden.load(layer, name);
  const nn::Recorder recorder;
  layer.forward(golden.input("x"));
  return golden.compare(recorder, 1e-6);
}

}  // namespace

TEST_CASE("nn: Linear equals torch") {
  nn::Linear with_bias(nn::root(), 7, 5);
  CHECK(check(with_bias, "linear") == "");
  nn::Linear without(nn::root(), 7, 5, nn::Linear::Bias::no);
  CHECK(check(without, "linear_without_bias") == "");
}

TEST_CASE("nn: Conv2d equals torch for each kernel and stride and padding in use") {
  nn::Conv2d one(nn::root(), 12, 5, {.kernel = 1});
  CHECK(check(one, "conv2d_1x1") == "");
  nn::Conv2d same(nn::root(), 12, 5, {.kernel = 3, .padding = Padding::all(1)});
  CHECK(check(same, "conv2d_3x3") == "");
  nn::Conv2d down(nn::root(), 12, 5, {.kernel = 3, .stride = 2, .padding = Padding::all(1)});
  CHECK(check(down, "conv2d_3x3_stride_2") == "");

  // The golden's input is padded on the right and at the bottom already; here the convolution does
  // it.
  const Golden golden("conv2d_3x3_stride_2_padded");
  nn::Conv2d asymmetric(nn::root(), 12, 5,
                        {.kernel = 3, .stride = 2, .padding = {.bottom = 1, .right = 1}});
  golden.load(asymmetric, "Conv2d");
  const nn::Recorder recorder;
  asymmetric.forward(Golden("conv2d_3x3").input("x"));
  CHECK(golden.compare(recorder, 1e-6) == "");
}

TEST_CASE("nn: norms equal torch on an input of small variance where epsilon matters") {
  nn::GroupNorm five(nn::root(), 3, 12, 1e-5f);
  CHECK(check(five, "group_norm_1e-5") == "");
  nn::GroupNorm six(nn::root(), 3, 12, 1e-6f);
  CHECK(check(six, "group_norm_1e-6") == "");
  CHECK(check(five, "group_norm_1e-6") != "");  // so the two can be told apart
  nn::LayerNorm layer_norm(nn::root(), 7, 1e-5f);
  CHECK(check(layer_norm, "layer_norm") == "");
  CHECK_THROWS_WITH(nn::GroupNorm(nn::root(), 5, 12, 1e-5f),
                    ": GroupNorm expects channels in equal groups, got 12 channels in 5 groups");
}

TEST_CASE("nn: Embedding equals torch") {
  const Golden golden("embedding");
  nn::Embedding embedding(nn::root(), 11, 6);
  golden.load(embedding, "Embedding");
  const nn::Recorder recorder;
  embedding.forward({{0, 10, 3}, {5, 5, 1}});
  CHECK(golden.compare(recorder, 0.0) == "");
}
