#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "nn/observe/compare.h"
#include "nn/observe/hold.h"
#include "sdxl/inspect/knobs/branch_scale.h"
#include "sdxl/inspect/knobs/context_swap.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/knobs/skip_mute.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"
#include "tests/support/scratch_folder.h"

using namespace sdxl;
using Heads = std::vector<HeadMute::Head>;

namespace {

constexpr double limit = 1e-5;  // relative L2

/// The base UNet of tests/make_goldens/unet.py with its inputs, and what diffusers computes with
/// one change inside.
struct Subject {
  Subject()
      : golden("unet_base"), changed("knobs"), unet(nn::root(), UNetConfig::read(golden.config())) {
    golden.load(unet, "UNet2DConditionModel");
    cond.context = golden.input("encoder_hidden_states");
    cond.pooled = golden.input("text_embeds");
    cond.time_ids = golden.input("time_ids");
  }
  Tensor run() const {
    return unet.forward(golden.input("sample"), golden.input("timestep").at({0}), cond);
  }
  /// The relative difference of a run from diffusers' with the same change.
  double off(const std::string& name) const {
    return nn::difference(name, run(), changed.output(name)).relative;
  }
  double off_scaled(const std::string& name, const std::string& path, double factor) const {
    const BranchScale knob({{path, factor}});
    return off(name);
  }
  double off_without_skip(size_t number) const {
    const SkipMute knob({skips_of(unet)[number]});
    return off("skip_" + std::to_string(number));
  }

  support::Golden golden, changed;
  UNet2DConditionModel unet;
  Conditioning cond;
};

const Subject& subject() {
  static const Subject subject;
  return subject;
}

bool are_same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const std::string attention = "mid_block.attentions.0.transformer_blocks.0.attn1";

}  // namespace

TEST_CASE("knobs: a muted block returns its input or its shortcut, any other module zeros") {
  const Subject& s = subject();
  CHECK(s.off_scaled("mid_block", "mid_block", 0.0) < limit);
  CHECK(s.off_scaled("resnet", "mid_block.resnets.0", 0.0) < limit);
  CHECK(s.off_scaled("wider_resnet", "down_blocks.1.resnets.0", 0.0) < limit);
  CHECK(s.off_scaled("transformer", "down_blocks.1.attentions.0", 0.0) < limit);
  CHECK(s.off_scaled("block", "down_blocks.2.attentions.0.transformer_blocks.1", 0.0) < limit);
  CHECK(s.off_scaled("attention", "up_blocks.0.attentions.1.transformer_blocks.0.attn2", 0.0) <
        limit);
  CHECK(s.off_scaled("conv_in", "conv_in", 0.0) < limit);
}

TEST_CASE("knobs: a factor scales what a block adds, and 1 changes no bit") {
  const Subject& s = subject();
  CHECK(s.off_scaled("half", "mid_block.resnets.1", 0.5) < limit);
  const Tensor plain = s.run();
  const BranchScale one({{"*", 1.0}});
  CHECK(are_same_bits(s.run(), plain));
  CHECK(one.met().contains("conv_in"));
  BranchScale two({{"mid_block.resnets.1", 2.0}, {"*resnets.1", 0.25}, {"mid_*", 1.0}});
  const double half = moved(s.run(), plain);
  CHECK(half > 1e-3);
  two.turn(false);
  CHECK(are_same_bits(s.run(), plain));
}

TEST_CASE("knobs: a skip that is muted is zero, counted as the UNet pushes it") {
  const Subject& s = subject();
  for (const size_t number : {0, 4, 8}) CHECK(s.off_without_skip(number) < limit);
}

TEST_CASE("knobs: skips are listed with the modules at both ends and their channels") {
  const std::vector<Skip> skips = skips_of(subject().unet);
  REQUIRE(skips.size() == 9);
  CHECK(skips[0].pushed_by == "conv_in");
  CHECK(skips[0].popped_by == "up_blocks.2.resnets.2");
  CHECK(skips[0].channels == 8);
  CHECK(skips[3].pushed_by == "down_blocks.0.downsamplers.0");
  CHECK(skips[3].popped_by == "up_blocks.1.resnets.2");
  CHECK(skips[8].pushed_by == "down_blocks.2.attentions.1");
  CHECK(skips[8].popped_by == "up_blocks.0.resnets.0");
  CHECK(skips[8].channels == 24);
  // One, two, one and one resnets on the levels.
  const support::Golden uneven("unet_sd21");
  const UNet2DConditionModel unet(nn::root(), UNetConfig::read(uneven.config()));
  const std::vector<Skip> others = skips_of(unet);
  REQUIRE(others.size() == 9);
  CHECK(others.back().popped_by == "up_blocks.0.resnets.0");
  CHECK(others.front().popped_by == "up_blocks.3.resnets.1");
}

TEST_CASE("knobs: a muted head is diffusers' without its columns, and all heads leave the bias") {
  const Subject& s = subject();
  REQUIRE(s.unet.config().attention_heads.back() == 3);
  {
    const HeadMute knob(Heads{{attention, 1, 3}});
    CHECK(s.off("head") < limit);
  }
  Tensor of_values, of_heads, of_zeros;
  {
    const BranchScale values({{attention + ".to_v", 0.0}});
    of_values = s.run();
  }
  {
    const HeadMute all(Heads{{attention, 0, 3}, {attention, 1, 3}, {attention, 2, 3}});
    of_heads = s.run();
  }
  {
    const BranchScale whole({{attention, 0.0}});
    of_zeros = s.run();
  }
  CHECK(are_same_bits(of_heads, of_values));
  CHECK(moved(of_heads, of_zeros) > 1e-4);  // by the bias of to_out
}

TEST_CASE("knobs: another prompt's context at one layer is diffusers'") {
  const Subject& s = subject();
  const std::string layer = "up_blocks.0.attentions.0.transformer_blocks.0.attn2";
  const Tensor other = s.changed.input("other_context");
  {
    ContextSwap swap(1);
    swap.set(layer, other);
    CHECK(s.off("context") < limit);
    CHECK(swap.met() == std::set<std::string>{layer});
  }
  {
    ContextSwap half_of_two(0);
    half_of_two.set(layer, other);
    CHECK(s.off("context") < limit);
  }
  const Tensor plain = s.run();
  ContextSwap same(1);
  same.set(layer, slice(s.cond.context, 0, 1, 2));
  CHECK(are_same_bits(s.run(), plain));
  same.set(layer, Tensor::zeros({1, 7, 21}));
  CHECK_THROWS_WITH_AS(s.run(), doctest::Contains("other prompt's context is (1, 7, 21)"),
                       std::invalid_argument);
}

TEST_CASE("knobs: held outputs of the same run change no bit and those of another run do") {
  const Subject& s = subject();
  const support::ScratchFolder folder;
  const std::string file = (folder.path() / "trace").string();
  const auto write = [&](const std::string& front) {
    const nn::Recorder recorder(nullptr);
    const Tensor result = s.run();
    tensor::io::NamedTensors tensors;
    for (const auto& entry : recorder.entries()) {
      if (!entry.path.empty()) tensors.emplace_back(front + entry.path, entry.tensor);
    }
    tensor::io::write_safetensors(file, tensors);
    return result;
  };
  const Tensor plain = write("");
  {
    const nn::Hold all("*", file);
    CHECK(are_same_bits(s.run(), plain));
    CHECK(all.met().contains("mid_block"));
  }
  {
    const BranchScale muted({{"conv_in", 0.0}});
    write("step.3/");
  }
  nn::Hold held("mid_block", file);
  CHECK(held.held_among({"conv_in", "mid_block"}) == std::vector<std::string>{"mid_block"});
  CHECK(held.held_among({"block"}).empty());
  held.begin_step(2);
  CHECK(are_same_bits(s.run(), plain));  // the file has nothing for step 2
  held.begin_step(3);
  CHECK(moved(s.run(), plain) > 1e-3);
  CHECK_THROWS_WITH_AS(s.run(), doctest::Contains("step.3/mid_block is (2, 24, 2, 2) there"),
                       std::runtime_error);  // its two rows are taken
  held.begin_step(3);
  held.turn(false);
  CHECK(are_same_bits(s.run(), plain));
}

TEST_CASE("knobs: observers that are paused receive nothing, and nothing is replaced") {
  const Subject& s = subject();
  const Tensor plain = s.run();
  const BranchScale muted({{"*", 0.0}});
  const nn::Recorder recorder;
  {
    const nn::ObserversPaused paused;
    CHECK(are_same_bits(s.run(), plain));
  }
  CHECK(recorder.entries().empty());
  CHECK(muted.met().empty());
}
