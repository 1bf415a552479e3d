// The numbers that diffusers' own tests of its layers and blocks expect. They need nothing but a
// seed: weights and inputs are drawn here as torch draws them.
//
// diffusers: tests/models/test_layers_utils.py (limit 1e-3) and
// tests/models/unets/test_unet_2d_blocks.py (limit 5e-3)
//
// Left out are layers that Stable Diffusion XL doesn't have: pooling, transposed and FIR
// resampling, resnets that resample or force a shortcut, transformers without a text, symmetric
// padding in the encoder.

#include <doctest/doctest.h>

#include <cmath>

#include "nn/conv2d.h"
#include "nn/trace.h"
#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/unet/resample.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/unet/transformer_2d.h"
#include "sdxl/unet/up_blocks.h"
#include "sdxl/vae/vae_blocks.h"
#include "tensor/ops.h"
#include "tensor/random.h"
#include "tests/support/torch_weights.h"

using nn::root;
using support::TorchWeights;
using tensor::Generator;
using tensor::Tensor;

namespace {

constexpr int64_t groups = 32;
constexpr float eps = 1e-6f;

/// The largest distance of the last channel's bottom right 3 x 3 of the first image from these.
double distance(const Tensor& x, const std::vector<double>& published) {
  const auto [n, c, h, w] = x.dims<4>();
  double largest = 0;
  for (int64_t i = 0; i < 9; ++i) {
    const double value = x.at({0, c - 1, h - 3 + i / 3, w - 3 + i % 3});
    largest = std::fmax(largest, std::fabs(value - published[static_cast<size_t>(i)]));
  }
  return largest;
}

/// What a block reads: drawn in this order from seed 0; the way up draws the skip from seed 1, and
/// its weights after it.
struct BlockInputs {
  Generator generator{0};
  Tensor x = generator.randn({4, 32, 32, 32});
  Tensor temb = generator.randn({4, 128});
  Tensor skip;

  void draw_skip() {
    generator = Generator(1);
    skip = generator.randn({4, 32, 32, 32});
  }
};

const sdxl::TransformerConfig one_head = {.channels = 32,
                                          .heads = 1,
                                          .depth = 1,
                                          .context_channels = 32,
                                          .groups = groups,
                                          .linear_projection = false};
const sdxl::DownBlockConfig down = {.in_channels = 32,
                                    .out_channels = 32,
                                    .layers = 1,
                                    .add_downsample = true,
                                    .temb_channels = 128,
                                    .groups = groups,
                                    .eps = eps,
                                    .transformer = one_head};
const sdxl::UpBlockConfig up = {.in_channels = 32,
                                .out_channels = 32,
                                .last_skip_channels = 32,
                                .layers = 1,
                                .add_upsample = true,
                                .temb_channels = 128,
                                .groups = groups,
                                .eps = eps,
                                .transformer = one_head};

/// Runs a block whose cross-attention gets no text in diffusers' test, and so attends to its own
/// normed input. Here that is norm2 of a first run, which does not depend on a text yet.
template <class Run>
Tensor without_text(const Run& run) {
  Tensor normed;
  {
    nn::Recorder recorder;
    run(Tensor::zeros({4, 1, 32}));
    normed = *recorder.find("attentions.0.transformer_blocks.0.norm2");
  }
  return run(normed);
}

}  // namespace

TEST_CASE("published numbers: sinusoids") {
  std::vector<float> timesteps;
  for (int t = 0; t < 128; ++t) timesteps.push_back(static_cast<float>(t));
  const auto check = [&](bool cosines_first, float shift, const std::vector<double>& published) {
    const Tensor x = tensor::sinusoidal_embedding(timesteps, 64, cosines_first, shift);
    for (int64_t i = 0; i < 9; ++i) {
      const double value = x.at({23 + i / 3, 47 + i % 3});
      CHECK(std::fabs(value - published[static_cast<size_t>(i)]) <= 1e-3);
    }
  };
  check(false, 1, {0.9646, 0.9804, 0.9892, 0.9615, 0.9787, 0.9882, 0.9582, 0.9769, 0.9872});
  check(true, 0, {0.3019, 0.2280, 0.1716, 0.3146, 0.2377, 0.1790, 0.3272, 0.2474, 0.1864});
}

TEST_CASE("published numbers: upsampling") {
  Generator generator(0);
  const Tensor x = generator.randn({1, 32, 32, 32});
  SUBCASE("nearest alone") {
    CHECK(distance(upsample_nearest(x, 64, 64), {-0.2173, -1.2079, -1.2079, 0.2952, 1.1254, 1.1254,
                                                 0.2952, 1.1254, 1.1254}) <= 1e-3);
  }
  SUBCASE("with a convolution") {
    const sdxl::Upsample2D layer(root(), 32);
    const TorchWeights weights(layer, generator);
    CHECK(distance(layer.forward(x), {0.7145, 1.3773, 0.3492, 0.8448, 1.0839, -0.3341, 0.5956,
                                      0.1250, -0.4841}) <= 1e-3);
  }
  SUBCASE("with a convolution to other channels") {
    const nn::Conv2d conv(root(), 32, 64, {.kernel = 3, .padding = tensor::Padding::all(1)});
    const TorchWeights weights(conv, generator);
    CHECK(distance(conv.forward(upsample_nearest(x, 64, 64)),
                   {0.2703, 0.1656, -0.2538, -0.0553, -0.2984, 0.1044, 0.1155, 0.2579, 0.7755}) <=
          1e-3);
  }
}

TEST_CASE("published numbers: downsampling") {
  Generator generator(0);
  const Tensor x = generator.randn({1, 32, 64, 64});
  SUBCASE("with a convolution") {
    const sdxl::Downsample2D layer(root(), 32, tensor::Padding::all(1));
    const TorchWeights weights(layer, generator);
    CHECK(distance(layer.forward(x), {0.9267, 0.5878, 0.3337, 1.2321, -0.1191, -0.3984, -0.7532,
                                      -0.0715, -0.3913}) <= 1e-3);
  }
  SUBCASE("with a convolution to other channels") {
    const nn::Conv2d conv(root(), 32, 16,
                          {.kernel = 3, .stride = 2, .padding = tensor::Padding::all(1)});
    const TorchWeights weights(conv, generator);
    CHECK(distance(conv.forward(x), {-0.6586, 0.5985, 0.0721, 0.1256, -0.1492, 0.4436, -0.2544,
                                     0.5021, 1.1522}) <= 1e-3);
  }
}

TEST_CASE("published numbers: a resnet block") {
  Generator generator(0);
  const Tensor x = generator.randn({1, 32, 64, 64});
  const Tensor temb = generator.randn({1, 128});
  const sdxl::ResnetBlock block(
      root(),
      {.in_channels = 32, .out_channels = 32, .temb_channels = 128, .groups = groups, .eps = eps});
  const TorchWeights weights(block, generator);
  CHECK(distance(block.forward(x, temb), {-1.9010, -0.2974, -0.8245, -1.3533, 0.8742, -0.9645,
                                          -2.0584, 1.3387, -0.4746}) <= 1e-3);
}

TEST_CASE("published numbers: a transformer with text features") {
  Generator generator(0);
  const Tensor x = generator.randn({1, 64, 64, 64});
  const sdxl::Transformer2D block(root(), {.channels = 64,
                                           .heads = 2,
                                           .depth = 1,
                                           .context_channels = 64,
                                           .groups = groups,
                                           .linear_projection = false});
  const TorchWeights weights(block, generator);
  const Tensor context = generator.randn({1, 4, 64});
  CHECK(distance(block.forward(x, context), {0.0143, -0.6909, -2.1547, -1.8893, 1.4097, 0.1359,
                                             -0.2521, -1.3359, 0.2598}) <= 1e-3);
}

TEST_CASE("published numbers: down blocks") {
  BlockInputs in;
  SUBCASE("DownBlock2D") {
    const sdxl::DownBlock2D block(root(), down);
    const TorchWeights weights(block, in.generator);
    sdxl::SkipStack skips;
    CHECK(distance(block.forward(in.x, in.temb, {}, skips),
                   {-0.0232, -0.9869, 0.8054, -0.0637, -0.1688, -1.4264, 0.4470, -1.3394,
                    0.0904}) <= 5e-3);
  }
  SUBCASE("CrossAttnDownBlock2D") {
    const sdxl::CrossAttnDownBlock2D block(root(), down);
    const TorchWeights weights(block, in.generator);
    const Tensor out = without_text([&](const Tensor& context) {
      sdxl::SkipStack skips;
      return block.forward(in.x, in.temb, context, skips);
    });
    CHECK(distance(out, {0.2238, -0.7396, -0.2255, -0.3829, 0.1925, 1.1665, 0.0603, -0.7295,
                         0.1983}) <= 5e-3);
  }
}

TEST_CASE("published numbers: the mid block") {
  BlockInputs in;
  const sdxl::MidBlock2DCrossAttn block(
      root(),
      {.in_channels = 32, .out_channels = 32, .temb_channels = 128, .groups = groups, .eps = eps},
      one_head, true);
  const TorchWeights weights(block, in.generator, {"resnets.0", "attentions.0", "resnets.1"});
  const Tensor out =
      without_text([&](const Tensor& context) { return block.forward(in.x, in.temb, context); });
  CHECK(distance(out, {0.0187, 2.4220, 0.4484, 1.1203, -0.6121, -1.5122, -0.8270, 0.7851,
                       1.8335}) <= 5e-3);
}

TEST_CASE("published numbers: up blocks") {
  BlockInputs in;
  in.draw_skip();
  SUBCASE("UpBlock2D") {
    const sdxl::UpBlock2D block(root(), up);
    const TorchWeights weights(block, in.generator);
    sdxl::SkipStack skips;
    skips.push(in.skip);
    CHECK(distance(block.forward(in.x, in.temb, {}, skips),
                   {-0.2041, -0.4165, -0.3022, 0.0041, -0.6628, -0.7053, 0.1928, -0.0325,
                    0.0523}) <= 5e-3);
  }
  SUBCASE("CrossAttnUpBlock2D") {
    const sdxl::CrossAttnUpBlock2D block(root(), up);
    const TorchWeights weights(block, in.generator);
    const Tensor out = without_text([&](const Tensor& context) {
      sdxl::SkipStack skips;
      skips.push(in.skip);
      return block.forward(in.x, in.temb, context, skips);
    });
    CHECK(distance(out, {-0.1403, -0.3515, -0.0420, -0.1425, 0.3167, 0.5094, -0.2181, 0.5931,
                         0.5582}) <= 5e-3);
  }
}

TEST_CASE("published numbers: a block of the autoencoder's decoder") {
  Generator generator(0);
  const Tensor x = generator.randn({4, 32, 32, 32});
  const sdxl::UpDecoderBlock2D block(
      root(),
      {.in_channels = 32, .out_channels = 32, .layers = 1, .groups = groups, .resample = true});
  const TorchWeights weights(block, generator);
  CHECK(distance(block.forward(x), {0.4404, 0.1998, -0.9886, -0.3320, -0.3128, -0.7034, -0.6955,
                                    -0.2338, -0.3137}) <= 5e-3);
}
