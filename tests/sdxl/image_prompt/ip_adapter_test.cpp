#include <doctest/doctest.h>

#include <sstream>

#include "nn/observe/compare.h"
#include "sdxl/adapters/add_adapters.h"
#include "sdxl/image_prompt/add_ip_adapters.h"
#include "sdxl/image_prompt/ip_adapter_names.h"
#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/inpaint.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/error.h"
#include "tests/sdxl/control/control_golden.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// The tiny IP-Adapters of tests/make_goldens/ip_adapter.py against diffusers': modules, and runs.

using namespace sdxl;

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

std::filesystem::path adapter(const std::string& name) {
  return support::test_file("goldens/adapters/" + name + ".safetensors");
}

std::filesystem::path encoder() { return support::tiny_model("image_encoder_f16"); }

tensor::Image image_of(const Tensor& x) {
  return {x.dim(0), x.dim(1), std::vector<uint8_t>(x.data(), x.data() + x.size())};
}

/// The adapters of a golden, with its images.
std::vector<IpAdapterChoice> choices_of(const support::Golden& golden) {
  const std::vector<std::string> names = split(golden.metadata("adapters"));
  const std::vector<std::string> scales = split(golden.metadata("scales"));
  std::vector<IpAdapterChoice> choices;
  for (size_t i = 0; i < names.size(); ++i) {
    IpAdapterChoice choice{.file = adapter("ip_adapter_" + names[i])};
    choice.scale = std::stod(scales.size() == 1 ? scales[0] : scales[i]);
    for (int k = 0;; ++k) {
      const std::string name = tensor::format("ip_image.{}.{}", i, k);
      if (!golden.has_input(name)) break;
      choice.images.push_back(image_of(golden.input(name)));
    }
    choices.push_back(choice);
  }
  return choices;
}

template <class Arguments, class Pipeline>
void check_run(const std::string& name, const Pipeline& pipeline) {
  CAPTURE(name);
  support::PipelineGolden golden("ip_adapter_" + name);
  std::vector<AdapterChoice> loras;
  for (const std::string& lora : split(golden.golden.metadata("loras"))) {
    loras.push_back({adapter(lora)});
  }
  add_adapters(golden.model, loras);
  add_ip_adapters(golden.model, choices_of(golden.golden), encoder());
  if (golden.golden.has_input("picture")) {
    const auto net = support::open_tiny_net("control_net_f16");
    golden.model.controls.all = {{.net = net,
                                  .picture = golden.golden.input("picture"),
                                  .scale = golden.call.at("controlnet_conditioning_scale")}};
  }
  Arguments args;
  const PixelSize size = {40, 56};
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

/// The tiny base with IP-Adapters and one image each.
std::unique_ptr<StableDiffusionXL> model_with(const std::vector<std::string>& names) {
  auto model =
      std::make_unique<StableDiffusionXL>(open_checkpoint(support::tiny_model("three_levels_f32")));
  std::vector<IpAdapterChoice> choices;
  for (const std::string& name : names) {
    choices.push_back({.file = adapter(name), .images = {{9, 9, std::vector<uint8_t>(243, 99)}}});
  }
  add_ip_adapters(*model, choices, encoder());
  return model;
}

/// A forward of the UNet with the golden's inputs.
Tensor run_unet(const support::Golden& golden, const UNet2DConditionModel& unet,
                const std::vector<double>& scales) {
  Conditioning cond;
  cond.context = golden.input("encoder_hidden_states");
  cond.pooled = golden.input("text_embeds");
  cond.time_ids = golden.input("time_ids");
  for (size_t i = 0; i < scales.size(); ++i) {
    cond.images.push_back({golden.input(tensor::format("image_embeds.{}", i)), scales[i]});
  }
  return unet.forward(golden.input("sample"), golden.input("timestep").at({0}), cond);
}

}  // namespace

TEST_CASE("ip-adapter: every module computes what diffusers computes, under its hooks' names") {
  const support::Golden golden("ip_adapter");
  const auto model = model_with({"ip_adapter_plain", "ip_adapter_plus"});
  const nn::Recorder recorder;
  const Tensor out = run_unet(golden, model->unet, {0.7, -0.4});
  int layers = 0;
  for (const std::string path : nlohmann::json::parse(golden.metadata("outputs"))) {
    CAPTURE(path);
    const Tensor* ours = recorder.find(path.empty() ? "unet" : "unet." + path);
    REQUIRE(ours != nullptr);
    CHECK(nn::difference(path, *ours, golden.output(path)).relative < 1e-5);
    layers += path.find("attn2.processor.to_k_ip.1") != std::string::npos;
  }
  CHECK(layers == 11);
}

TEST_CASE("ip-adapter: with guidance and without, plain and Plus, it draws as diffusers") {
  check_text("guided");
  check_text("unguided");
  check_text("plus");
}

TEST_CASE("ip-adapter: two adapters, one of them with two images, draw as diffusers") {
  check_text("several");
}

TEST_CASE("ip-adapter: with a ControlNet and a LoRA it draws as diffusers") {
  check_text("everything");
}

TEST_CASE("ip-adapter: image to image and inpainting draw as diffusers") {
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

TEST_CASE("ip-adapter: of scale 0 it changes no bit, and a forward without images is refused") {
  const support::Golden golden("ip_adapter");
  const StableDiffusionXL plain(open_checkpoint(support::tiny_model("three_levels_f32")));
  const auto model = model_with({"ip_adapter_plain", "ip_adapter_plus"});
  const Tensor expected = run_unet(golden, plain.unet, {});
  const Tensor zero = run_unet(golden, model->unet, {0.0, 0.0});
  CHECK(std::equal(zero.data(), zero.data() + zero.size(), expected.data()));
  CHECK(nn::difference("", run_unet(golden, model->unet, {0.0, 0.5}), expected).relative > 1e-4);
  CHECK_THROWS_WITH_AS(
      run_unet(golden, model->unet, {1.0}),
      "unet.encoder_hid_proj: expects image_embeds for each of 2 IP-Adapters, got 1",
      std::invalid_argument);
  CHECK_THROWS_AS(run_unet(golden, plain.unet, {1.0}), std::invalid_argument);
}

TEST_CASE("ip-adapter: of SDXL it has 70 cross-attentions, those of the middle last") {
  UNet2DConditionModel base(nn::root("unet"), UNetConfig::sdxl_base());
  const std::vector<Attention*> layers = cross_attentions(base);
  REQUIRE(layers.size() == 70);
  const std::string end = ".attentions.0.transformer_blocks.0.attn2";
  CHECK(layers[0]->path() == "unet.down_blocks.1" + end);
  CHECK(layers[24]->path() == "unet.up_blocks.0" + end);
  CHECK(layers[60]->path() == "unet.mid_block" + end);
}
