#include "sdxl/control/control_net.h"

#include <doctest/doctest.h>

#include "nn/load.h"
#include "nn/observe/compare.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/pipeline/inpaint.h"
#include "tests/sdxl/control/control_golden.h"

// A tiny ControlNet of tests/make_goldens/control_net.py against diffusers': its modules, and runs.

using namespace sdxl;
using support::check_controlled_run;
using support::check_controlled_text;
using support::control_message;
using support::has_text;

namespace {

const std::string net_name = "control_net_f16";

ControlResiduals run(const support::Golden& golden, const ControlNet& net) {
  return net.forward(golden.input("sample"), golden.input("timestep").at({0}),
                     support::control_conditioning(golden),
                     {ControlPicture{golden.input("controlnet_cond")}});
}

}  // namespace

TEST_CASE("control net: every module computes what diffusers computes") {
  const support::Golden golden("control_net");
  const auto net = support::open_tiny_net(net_name);
  const nn::Recorder recorder;
  const ControlResiduals residuals = run(golden, *net);
  int compared = 0;
  for (const std::string path : nlohmann::json::parse(golden.metadata("outputs"))) {
    if (path.empty() || path == "mid" || path.starts_with("skip.")) continue;
    CAPTURE(path);
    REQUIRE(recorder.find(path) != nullptr);
    CHECK(nn::difference(path, *recorder.find(path), golden.output(path)).relative < 1e-5);
    ++compared;
  }
  CHECK(compared > 20);
  support::check_residuals(residuals, golden);
}

TEST_CASE("control net: with guidance and without, in part of the steps, it draws as diffusers") {
  check_controlled_text("control_net_guided");
  check_controlled_text("control_net_unguided");
  check_controlled_text("control_net_part");
}

TEST_CASE("control net: guess mode and several nets draw as diffusers") {
  check_controlled_text("control_net_guess");
  check_controlled_text("control_net_guess_unguided");
  check_controlled_text("control_net_several");
}

TEST_CASE("control net: image to image and inpainting draw as diffusers") {
  const auto fill = [](const support::PipelineGolden& golden, ImageToImage& args) {
    args.image = golden.golden.input("image");
    args.strength = golden.call.at("strength");
  };
  check_controlled_run<ImageToImage>(
      "control_net_image",
      [&](const support::PipelineGolden& golden, ImageToImage& args, const PixelSize&,
          Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
        fill(golden, args);
        return image_to_image(golden.model, scheduler, args, noise, hooks);
      });
  check_controlled_run<Inpaint>(
      "control_net_mask",
      [&](const support::PipelineGolden& golden, Inpaint& args, const PixelSize&,
          Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
        fill(golden, args);
        args.mask = golden.golden.input("mask");
        return inpaint(golden.model, scheduler, args, noise, hooks);
      });
}

TEST_CASE("control net: a BGR net sees the picture's channels in reverse") {
  const support::Golden golden("control_net");
  const auto rgb = support::open_tiny_net(net_name);
  ControlNetConfig config = rgb->config();
  config.is_bgr = true;
  ControlNet bgr(nn::root(), config);
  nn::load(
      bgr, "ControlNetModel",
      open_weights(support::tiny_model("control_net_f16") / "diffusion_pytorch_model.safetensors"));
  CHECK(nn::difference("", run(golden, bgr).skips[0], run(golden, *rgb).skips[0]).relative > 1e-4);
}

TEST_CASE("control net: other files and other models are refused in one sentence") {
  const Tensor x = Tensor::zeros({2, 2});
  CHECK(has_text(control_message({{"control_model.input_blocks.0.0.weight", x}}),
                 "by Stability's names"));
  CHECK(has_text(control_message({{"lllite_unet_x.down.0.weight", x}}), "ControlNet-LLLite"));
  CHECK(has_text(control_message({{"conv_in.weight", x}}), "holds no ControlNet"));
  CHECK(
      has_text(control_message({{"controlnet_cond_embedding.conv_in.weight", x},
                                {"mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
                                 Tensor::zeros({2, 768})}}),
               "is a ControlNet for another model: it takes text features of 768 numbers, and the "
               "UNet of 28"));
  const support::Golden golden("control_net");
  const auto net = support::open_tiny_net(net_name);
  CHECK_THROWS_WITH_AS(
      net->forward(golden.input("sample"), 1.0f, {},
                   {ControlPicture{Tensor::zeros({2, 3, 24, 48})}}),
      ": expected a control picture (2, 3, 24, 40) for latents of 3 x 5, got (2, 3, 24, 48)",
      std::invalid_argument);
}
