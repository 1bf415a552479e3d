#include <doctest/doctest.h>

#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/unet/timestep_embedding.h"
#include "sdxl/unet/up_blocks.h"
#include "tests/support/golden.h"

using namespace sdxl;
using support::Golden;

namespace {

constexpr double limit = 1e-5;  // relative L2, of every module's output

/// Runs one block on its golden's inputs and compares all outputs.
template <class Block, class... Inputs>
std::string check_block(Block& block, const std::string& name, const Inputs&... inputs) {
  const Golden golden(name);
  golden.load(block, name);
  const nn::Recorder recorder;
  block.forward(golden.input(inputs)...);
  return golden.compare(recorder, limit);
}

const TransformerConfig text = {.channels = 12,
                                .heads = 2,
                                .depth = 1,
                                .context_channels = 10,
                                .groups = 3,
                                .linear_projection = true};
const DownBlockConfig down = {.in_channels = 6,
                              .out_channels = 12,
                              .layers = 2,
                              .add_downsample = true,
                              .temb_channels = 20,
                              .groups = 3,
                              .eps = 1e-5f,
                              .transformer = text};
const UpBlockConfig up = {.in_channels = 18,
                          .out_channels = 12,
                          .last_skip_channels = 6,
                          .layers = 2,
                          .add_upsample = true,
                          .temb_channels = 20,
                          .groups = 3,
                          .eps = 1e-5f,
                          .transformer = text};

/// Checks a down block: its outputs, and that each layer's output was pushed as a skip.
std::string check_down(DownBlock& block, const std::string& name,
                       const std::vector<std::string>& pushed) {
  const Golden golden(name);
  golden.load(block, name);
  const Tensor context = golden.has_input("context") ? golden.input("context") : Tensor();
  SkipStack skips;
  const nn::Recorder recorder;
  block.forward(golden.input("x"), golden.input("temb"), context, skips);
  for (auto path = pushed.rbegin(); path != pushed.rend(); ++path) {
    if (skips.pop().data() != recorder.find(*path)->data()) return *path + " is not the skip";
  }
  skips.expect_empty();
  return golden.compare(recorder, limit);
}

/// Checks an up block: two skips of its own, and one below them with the size to reach.
std::string check_up(UpBlock& block, const std::string& name) {
  const Golden golden(name);
  golden.load(block, name);
  const Tensor context = golden.has_input("context") ? golden.input("context") : Tensor();
  SkipStack skips;
  skips.push(Tensor::zeros({2, 6, 9, 13}));
  skips.push(golden.input("skip_0"));
  skips.push(golden.input("skip_1"));
  const nn::Recorder recorder;
  block.forward(golden.input("x"), golden.input("temb"), context, skips);
  skips.pop();
  skips.expect_empty();
  return golden.compare(recorder, limit);
}

}  // namespace

TEST_CASE("unet: ResnetBlock equals diffusers with and without a shortcut convolution") {
  ResnetBlock wider(nn::root(), {12, 18, 20, 3, 1e-5f});
  CHECK(check_block(wider, "resnet", "x", "temb") == "");
  ResnetBlock same(nn::root(), {12, 12, 20, 3, 1e-5f});
  CHECK(check_block(same, "resnet_same_width", "x", "temb") == "");
}

TEST_CASE("unet: Downsample2D and Upsample2D equal diffusers") {
  Downsample2D half(nn::root(), 12, tensor::Padding::all(1));
  CHECK(check_block(half, "downsample", "x") == "");
  Upsample2D twice(nn::root(), 12);
  CHECK(check_block(twice, "upsample", "x") == "");
}

TEST_CASE("unet: Attention equals diffusers for one input and for two") {
  Attention self(nn::root(), 12, 12, 2);
  CHECK(check_block(self, "attention_self", "x", "x") == "");
  Attention cross(nn::root(), 12, 10, 2);
  CHECK(check_block(cross, "attention_cross", "x", "context") == "");
}

TEST_CASE("unet: FeedForward equals diffusers") {
  FeedForward ff(nn::root(), 12);
  CHECK(check_block(ff, "feed_forward", "x") == "");
}

TEST_CASE("unet: BasicTransformerBlock equals diffusers") {
  BasicTransformerBlock block(nn::root(), 12, 10, 2);
  CHECK(check_block(block, "basic_transformer_block", "x", "context") == "");
}

TEST_CASE("unet: Transformer2D equals diffusers with linear and with convolutional projections") {
  Transformer2D linear(nn::root(), {12, 3, 2, 10, 3, true});
  CHECK(check_block(linear, "transformer_2d_linear", "x", "context") == "");
  Transformer2D conv(nn::root(), {12, 3, 2, 10, 3, false});
  CHECK(check_block(conv, "transformer_2d_conv", "x", "context") == "");
}

TEST_CASE("unet: TimestepEmbedding equals diffusers with and without a condition") {
  TimestepEmbedding plain(nn::root(), 14, 20);
  CHECK(check_block(plain, "timestep_embedding", "x") == "");
  TimestepEmbedding conditioned(nn::root(), 14, 20, 6);
  CHECK(check_block(conditioned, "timestep_embedding_conditioned", "x", "condition") == "");
  CHECK_THROWS_AS(plain.forward(Tensor::zeros({2, 14}), Tensor::zeros({2, 6})),
                  std::invalid_argument);
}

TEST_CASE("unet: the down blocks equal diffusers and push their skips") {
  DownBlock2D plain(nn::root(), down);
  CHECK(check_down(plain, "down_block", {"resnets.0", "resnets.1", "downsamplers.0"}) == "");
  CrossAttnDownBlock2D cross(nn::root(), down);
  CHECK(check_down(cross, "cross_attn_down_block",
                   {"attentions.0", "attentions.1", "downsamplers.0"}) == "");
}

TEST_CASE("unet: the mid block equals diffusers") {
  MidBlock2DCrossAttn mid(nn::root(), {12, 12, 20, 3, 1e-5f}, text, true);
  CHECK(check_block(mid, "mid_block", "x", "temb", "context") == "");
}

TEST_CASE("unet: the up blocks equal diffusers and reach the size of the next skip") {
  UpBlock2D plain(nn::root(), up);
  CHECK(check_up(plain, "up_block") == "");
  CrossAttnUpBlock2D cross(nn::root(), up);
  CHECK(check_up(cross, "cross_attn_up_block") == "");
}

TEST_CASE("unet: SkipStack pops the newest skip and reports missing and unused ones") {
  SkipStack skips;
  CHECK_THROWS_WITH(skips.pop(), "SkipStack: an up block pops a skip, but none is left");
  CHECK(skips.size_above(Tensor::zeros({1, 2, 3, 4})) == std::pair<int64_t, int64_t>{6, 8});
  skips.push(Tensor::zeros({1, 2, 5, 7}));
  skips.push(Tensor::zeros({1, 2, 3, 4}));
  CHECK(skips.pop().shape() == tensor::Shape{1, 2, 3, 4});
  CHECK(skips.size_above(Tensor::zeros({1, 2, 3, 4})) == std::pair<int64_t, int64_t>{5, 7});
  CHECK_THROWS_WITH(skips.expect_empty(), "SkipStack: 1 skips were never used");
}
