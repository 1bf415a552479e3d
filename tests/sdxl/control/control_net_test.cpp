#include "sdxl/control/control_net.h"

#include <doctest/doctest.h>

#include "nn/load.h"
#include "nn/observe/compare.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/control/open_control_net.h"
#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/inpaint.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/ops.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/odd_models.h"

// A tiny ControlNet of tests/make_goldens/control_net.py against diffusers': its modules, and runs.

using namespace sdxl;

namespace {

std::shared_ptr<const ControlNet> open_net(const UNetConfig& unet) {
  return open_control_net(support::tiny_model("control_net_f16"), "", unet, "");
}

UNetConfig unet_config() {
  return open_checkpoint(support::tiny_model("three_levels_f32"))->unet_config();
}

ControlResiduals run(const support::Golden& golden, const ControlNet& net) {
  Conditioning cond;
  cond.context = golden.input("encoder_hidden_states");
  cond.pooled = golden.input("text_embeds");
  cond.time_ids = golden.input("time_ids");
  return net.forward(golden.input("sample"), golden.input("timestep").at({0}), cond,
                     golden.input("controlnet_cond"));
}

/// The ControlNets of a golden's call, with its pictures.
Controls controls_of(const support::PipelineGolden& golden) {
  const nlohmann::json& call = golden.call;
  Controls controls;
  controls.guess_mode = call.value("guess_mode", false);
  const auto net = open_net(golden.model.unet.config());
  const auto number = [&](const char* key, size_t i, double fallback) {
    if (!call.contains(key)) return fallback;
    return call[key].is_array() ? call[key][i].get<double>() : call[key].get<double>();
  };
  for (const std::string name : {"picture", "picture_2"}) {
    if (!golden.golden.has_input(name)) continue;
    const size_t i = controls.all.size();
    controls.all.push_back({.net = net,
                            .picture = golden.golden.input(name),
                            .scale = number("controlnet_conditioning_scale", i, 1.0),
                            .start = number("control_guidance_start", i, 0.0),
                            .end = number("control_guidance_end", i, 1.0)});
  }
  return controls;
}

template <class Arguments, class Pipeline>
void check_run(const std::string& name, const Pipeline& pipeline) {
  CAPTURE(name);
  support::PipelineGolden golden("control_net_" + name);
  golden.model.controls = controls_of(golden);
  Arguments args;
  const Tensor picture = golden.golden.input("picture");
  const PixelSize size = {picture.dim(2), picture.dim(3)};
  golden.read(args, size);
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    return pipeline(golden, args, size, scheduler, noise, hooks);
  });
}

void check_text(const std::string& name) {
  check_run<TextToImage>(
      name, [](const support::PipelineGolden& golden, TextToImage& args, const PixelSize& size,
               Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
        args.size = size;
        return text_to_image(golden.model, scheduler, args, noise, hooks);
      });
}

/// The message with which a file of these tensors is refused; "" if it isn't.
std::string message_for(const tensor::io::NamedTensors& tensors) {
  const support::ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "net.safetensors";
  tensor::io::write_safetensors(file, tensors);
  try {
    open_control_net(file, "", unet_config(), "");
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

bool has(const std::string& message, const std::string& text) {
  CAPTURE(message);
  CHECK(message.find(text) != std::string::npos);
  return message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("control net: every module computes what diffusers computes") {
  const support::Golden golden("control_net");
  const auto net = open_net(unet_config());
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
  REQUIRE(golden.has_output("skip." + std::to_string(residuals.skips.size() - 1)));
  for (size_t i = 0; i < residuals.skips.size(); ++i) {
    const std::string name = "skip." + std::to_string(i);
    CHECK(nn::difference(name, residuals.skips[i], golden.output(name)).relative < 1e-5);
  }
  CHECK(nn::difference("mid", residuals.mid, golden.output("mid")).relative < 1e-5);
}

TEST_CASE("control net: with guidance and without, in part of the steps, it draws as diffusers") {
  check_text("guided");
  check_text("unguided");
  check_text("part");
}

TEST_CASE("control net: guess mode and several nets draw as diffusers") {
  check_text("guess");
  check_text("guess_unguided");
  check_text("several");
}

TEST_CASE("control net: image to image and inpainting draw as diffusers") {
  const auto fill = [](const support::PipelineGolden& golden, ImageToImage& args) {
    args.image = golden.golden.input("image");
    args.strength = golden.call.at("strength");
  };
  check_run<ImageToImage>(
      "image", [&](const support::PipelineGolden& golden, ImageToImage& args, const PixelSize&,
                   Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
        fill(golden, args);
        return image_to_image(golden.model, scheduler, args, noise, hooks);
      });
  check_run<Inpaint>("mask",
                     [&](const support::PipelineGolden& golden, Inpaint& args, const PixelSize&,
                         Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
                       fill(golden, args);
                       args.mask = golden.golden.input("mask");
                       return inpaint(golden.model, scheduler, args, noise, hooks);
                     });
}

TEST_CASE("control net: a BGR net sees the picture's channels in reverse") {
  const support::Golden golden("control_net");
  const auto rgb = open_net(unet_config());
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
  CHECK(has(message_for({{"task_embedding", x}}), "holds a union ControlNet"));
  CHECK(has(message_for({{"control_model.input_blocks.0.0.weight", x}}), "by Stability's names"));
  CHECK(has(message_for({{"lllite_unet_x.down.0.weight", x}}), "ControlNet-LLLite"));
  CHECK(has(message_for({{"conv_in.weight", x}}), "holds no ControlNet"));
  CHECK(has(message_for({{"controlnet_cond_embedding.conv_in.weight", x},
                         {"mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
                          Tensor::zeros({2, 768})}}),
            "is a ControlNet for another model: it takes text features of 768 numbers, and the "
            "UNet of 28"));
  const support::Golden golden("control_net");
  const auto net = open_net(unet_config());
  CHECK_THROWS_WITH_AS(
      net->forward(golden.input("sample"), 1.0f, {}, Tensor::zeros({2, 3, 24, 48})),
      ": expected a control picture (2, 3, 24, 40) for latents of 3 x 5, got (2, 3, 24, 48)",
      std::invalid_argument);
}
