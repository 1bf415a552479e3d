#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/observe/compare.h"
#include "sdxl/inspect/knobs/branch_scale.h"
#include "sdxl/parity/check.h"
#include "sdxl/pipeline/guidance.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

using namespace sdxl;

namespace {

/// The base UNet of tests/make_goldens/unet.py, and guidance between its golden's two rows.
struct Subject {
  Subject() : golden("unet_base"), unet(nn::root("unet"), UNetConfig::read(golden.config())) {
    golden.load(unet, "UNet2DConditionModel");
    const auto row = [&](const char* name, int64_t i) {
      return slice(golden.input(name), 0, i, i + 1);
    };
    for (const int64_t i : {0, 1}) {
      Conditioning& cond = i == 0 ? guidance.uncond : guidance.cond;
      cond.context = row("encoder_hidden_states", i);
      cond.pooled = row("text_embeds", i);
      cond.time_ids = row("time_ids", i);
    }
    guidance.scale = 5.0;
    sample = row("sample", 0);
  }

  support::Golden golden;
  UNet2DConditionModel unet;
  Guidance guidance;
  Tensor sample;
};

const Subject& subject() {
  static const Subject subject;
  return subject;
}

Guidance with(const RunChanges& changes) {
  Guidance guidance = subject().guidance;
  guidance.changes = changes;
  return guidance;
}

/// The predictions of three steps.
std::vector<Tensor> run(const Guidance& guidance) {
  GuidedUNet guided(subject().unet, guidance, 1);
  std::vector<Tensor> eps;
  for (const float t : {900.0f, 500.0f, 100.0f}) eps.push_back(guided.predict(subject().sample, t));
  return eps;
}

bool are_same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const RunChanges pag = {.pag = {.scale = 3.0}};
const RunChanges deep_cache = {.deep_cache = {.interval = 2}};
const std::string attention = "unet.mid_block.attentions.0.transformer_blocks.0.attn1";

int64_t rows_of(const nn::Recorder& recorder, const std::string& path) {
  REQUIRE(recorder.find(path) != nullptr);
  return recorder.find(path)->dim(0);
}

}  // namespace

TEST_CASE("changed layers: what is off changes no bit") {
  const std::vector<Tensor> plain = run(subject().guidance);
  RunChanges off;
  off.pag.adaptive_scale = 0.5;
  off.deep_cache.branch = 3;
  const std::vector<Tensor> same = run(with(off));
  for (size_t i = 0; i < plain.size(); ++i) CHECK(are_same_bits(same[i], plain[i]));
  // A scale that the timestep has made zero: the third part of the batch runs, and adds nothing.
  RunChanges late = pag;
  late.pag.adaptive_scale = 0.01;
  const std::vector<Tensor> faded = run(with(late));
  CHECK(moved(faded[0], plain[0]) > 1e-4);
  CHECK(moved(faded[2], plain[2]) < 1e-6);
}

TEST_CASE("changed layers: a trace has the rows of diffusers' hooks, also of an earlier recorder") {
  const nn::Recorder recorder;
  GuidedUNet(subject().unet, with(pag), 1).predict(subject().sample, 500.0f);
  CHECK(rows_of(recorder, attention) == 3);
  for (const char* name : {".to_q", ".to_k"}) CHECK(rows_of(recorder, attention + name) == 2);
  for (const char* name : {".to_v", ".to_out.0"}) CHECK(rows_of(recorder, attention + name) == 3);
  CHECK(rows_of(recorder, "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q") == 3);
  // The perturbed row: every position has its own value only.
  const Tensor& v = *recorder.find(attention + ".to_v");
  const Tensor& out = *recorder.find(attention);
  CHECK(v.shape() == out.shape());
  CHECK(
      are_same_bits(slice(out, 0, 2, 3), slice(*recorder.find(attention + ".to_out.0"), 0, 2, 3)));
}

TEST_CASE("changed layers: PAG without guidance has two parts, and the knobs act on all rows") {
  Guidance alone = with(pag);
  alone.uncond = {};
  const nn::Recorder recorder({}, nn::Recorder::Keep::outputs);
  const Tensor eps = GuidedUNet(subject().unet, alone, 1).predict(subject().sample, 500.0f);
  CHECK(eps.dim(0) == 1);
  CHECK(rows_of(recorder, attention) == 2);
  CHECK(rows_of(recorder, attention + ".to_q") == 1);
  // Without these self-attentions the perturbed part is the conditional one.
  const BranchScale muted({{"*.mid_block.*.attn1", 0.0}});
  Guidance plain = alone;
  plain.changes = {};
  const Tensor with_pag = GuidedUNet(subject().unet, alone, 1).predict(subject().sample, 500.0f);
  const Tensor without = GuidedUNet(subject().unet, plain, 1).predict(subject().sample, 500.0f);
  CHECK(moved(with_pag, without) < 1e-6);
}

TEST_CASE("changed layers: the lowest frequencies are those of the Fourier sum") {
  for (const auto& [h, w] : {std::pair{3, 5}, std::pair{4, 2}, std::pair{1, 4}, std::pair{1, 1}}) {
    CAPTURE(h);
    CAPTURE(w);
    Tensor x = Tensor::zeros({1, 2, h, w});
    for (int i = 0; i < 2 * h * w; ++i) x.mutable_data()[i] = std::sin(1.7f * i * i + 0.3f);
    const Tensor low = lowest_frequencies(x);
    for (int c = 0; c < 2; ++c) {
      for (int p = 0; p < h * w; ++p) {
        double sum = 0.0;
        for (const int fy : h > 1 ? std::vector{0, -1} : std::vector{0}) {
          for (const int fx : w > 1 ? std::vector{0, -1} : std::vector{0}) {
            for (int q = 0; q < h * w; ++q) {
              const double turns = static_cast<double>(fy * (p / w - q / w)) / h +
                                   static_cast<double>(fx * (p % w - q % w)) / w;
              sum += x.data()[c * h * w + q] * std::cos(2.0 * std::numbers::pi * turns);
            }
          }
        }
        CHECK(low.data()[c * h * w + p] == doctest::Approx(sum / (h * w)).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("changed layers: between its steps DeepCache runs the outer layers only, with outputs") {
  const std::vector<Tensor> plain = run(subject().guidance);
  for (const auto& [branch, inner, outer] :
       {std::tuple{0, "unet.up_blocks.2.resnets.1", "unet.up_blocks.2.resnets.2"},
        std::tuple{2, "unet.down_blocks.0.downsamplers.0", "unet.down_blocks.0.resnets.1"},
        std::tuple{3, "unet.up_blocks.1.resnets.1", "unet.down_blocks.0.downsamplers.0"},
        std::tuple{8, "unet.mid_block", "unet.down_blocks.2.attentions.1"}}) {
    CAPTURE(branch);
    RunChanges changes = deep_cache;
    changes.deep_cache.branch = branch;
    const Guidance guidance = with(changes);
    GuidedUNet guided(subject().unet, guidance, 1);
    CHECK(are_same_bits(guided.predict(subject().sample, 900.0f), plain[0]));
    const nn::Recorder recorder;
    const Tensor eps = guided.predict(subject().sample, 500.0f);
    CHECK(moved(eps, plain[1]) > 1e-4);
    CHECK(recorder.find(inner) == nullptr);
    for (const char* path : {outer, "unet.up_blocks.2", "unet.conv_out", "unet"}) {
      CAPTURE(path);
      CHECK(rows_of(recorder, path) == 2);
    }
    CHECK(are_same_bits(guided.predict(subject().sample, 100.0f), plain[2]));
  }
}

TEST_CASE("changed layers: with DeepCache a knob on a block acts in every step") {
  const Guidance guidance = with(deep_cache);
  const BranchScale muted({{"unet.up_blocks.2", 0.0}});
  for (const Tensor& eps : run(guidance)) {
    // The last block's output is zero, so every pixel inside the border is the same.
    CHECK(eps.at({0, 0, 2, 2}) == doctest::Approx(eps.at({0, 0, 3, 3})));
  }
}

TEST_CASE("changed layers: bad arguments are refused in one sentence") {
  const auto message = [](const RunChanges& changes) -> std::string {
    try {
      Guidance guidance = with(changes);
      GuidedUNet(subject().unet, guidance, 1);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message({.pag = {.scale = 1.0, .layers = {"middle"}}})
            .find("pag_applied_layers: no module's path is like *middle*; the nearest: ") == 0);
  CHECK(message({.freeu = {.s1 = 0.0}}) ==
        "FreeU: expected factors above 0, got s1 0, s2 1, b1 1, b2 1");
  CHECK(message({.deep_cache = {.interval = 2, .branch = 9}}) ==
        "DeepCache: unet has the skips 0 to 8; expected one of them, got 9");
  Guidance guidance = with(pag);
  guidance.controls.guess_mode = true;
  CHECK_THROWS_WITH_AS(GuidedUNet(subject().unet, guidance, 1),
                       "perturbed-attention guidance has three parts of a batch, guess mode two; "
                       "expected one of them",
                       std::invalid_argument);
}

TEST_CASE("changed layers: parity runs the layers perturbed that ran so in the dump") {
  const Dump dump(support::golden_path("guidance_pag_dump"));
  const auto checkpoint = open_checkpoint(support::tiny_model("three_levels_f32"));
  const auto model = load_component(*checkpoint, "unet");
  const Parity parity = check_parity(*model, dump, "unet", 1e-5);
  CHECK_MESSAGE(parity.agrees(), parity.verdict());
  CHECK(parity.perturbed ==
        std::vector<std::string>{"mid_block.attentions.0.transformer_blocks.0.attn1",
                                 "mid_block.attentions.0.transformer_blocks.1.attn1"});
}
