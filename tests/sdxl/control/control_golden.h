#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "sdxl/control/open_control_net.h"
#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/odd_models.h"

/// What the tests of ControlNets share: the tiny base of tests/make_goldens/control_net.py, and runs.
namespace support {

inline std::unique_ptr<sdxl::Checkpoint> control_base() {
  return sdxl::open_checkpoint(tiny_model("three_levels_f32"));
}

inline std::shared_ptr<const sdxl::ControlNet> open_tiny_net(const std::string& name) {
  return sdxl::open_control_net(tiny_model(name), "", *control_base(), "");
}

inline sdxl::Conditioning control_conditioning(const Golden& golden) {
  sdxl::Conditioning cond;
  cond.context = golden.input("encoder_hidden_states");
  cond.pooled = golden.input("text_embeds");
  cond.time_ids = golden.input("time_ids");
  return cond;
}

inline void check_residuals(const sdxl::ControlResiduals& residuals, const Golden& golden) {
  REQUIRE(golden.has_output("skip." + std::to_string(residuals.skips.size() - 1)));
  CHECK_FALSE(golden.has_output("skip." + std::to_string(residuals.skips.size())));
  for (size_t i = 0; i < residuals.skips.size(); ++i) {
    const std::string name = "skip." + std::to_string(i);
    CHECK(nn::difference(name, residuals.skips[i], golden.output(name)).relative < 1e-5);
  }
  CHECK(nn::difference("mid", residuals.mid, golden.output("mid")).relative < 1e-5);
}

/// The ControlNets of a golden's call, with its pictures.
inline sdxl::Controls controls_of(const PipelineGolden& golden) {
  const nlohmann::json& call = golden.call;
  sdxl::Controls controls;
  controls.guess_mode = call.value("guess_mode", false);
  const auto net = open_tiny_net(golden.golden.metadata("net"));
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
                            .end = number("control_guidance_end", i, 1.0),
                            .type = static_cast<int64_t>(number("control_mode", i, 0.0))});
  }
  return controls;
}

template <class Arguments, class Pipeline>
void check_controlled_run(const std::string& name, const Pipeline& pipeline) {
  CAPTURE(name);
  PipelineGolden golden(name);
  golden.model.controls = controls_of(golden);
  Arguments args;
  const Tensor picture = golden.golden.input("picture");
  const sdxl::PixelSize size = {picture.dim(2), picture.dim(3)};
  golden.read(args, size);
  golden.check(
      [&](sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
        return pipeline(golden, args, size, scheduler, noise, hooks);
      });
}

inline void check_controlled_text(const std::string& name) {
  check_controlled_run<sdxl::TextToImage>(
      name, [](const PipelineGolden& golden, sdxl::TextToImage& args, const sdxl::PixelSize& size,
               sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
        args.size = size;
        return text_to_image(golden.model, scheduler, args, noise, hooks);
      });
}

/// The message with which a file of these tensors is refused as a ControlNet; "" if it isn't.
inline std::string control_message(const tensor::io::NamedTensors& tensors) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "net.safetensors";
  tensor::io::write_safetensors(file, tensors);
  try {
    sdxl::open_control_net(file, "", *control_base(), "");
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

inline bool has_text(const std::string& message, const std::string& text) {
  CAPTURE(message);
  CHECK(message.find(text) != std::string::npos);
  return message.find(text) != std::string::npos;
}

}  // namespace support
