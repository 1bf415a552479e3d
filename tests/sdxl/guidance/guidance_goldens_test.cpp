#include <doctest/doctest.h>

#include <algorithm>

#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/inpaint.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/ops.h"
#include "tests/sdxl/control/control_golden.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/odd_models.h"

// Runs of tests/make_goldens/guidance.py: latents of every step and pictures.

using namespace sdxl;
using nlohmann::json;

namespace {

/// What the golden's metadata and call say of PAG, APG, FreeU and DeepCache.
RunChanges changes_of(const support::PipelineGolden& golden) {
  const auto options = [&](const std::string& name) {
    return json::parse(golden.golden.metadata(name));
  };
  RunChanges changes;
  changes.pag.scale = golden.call.value("pag_scale", 0.0);
  changes.pag.adaptive_scale = golden.call.value("pag_adaptive_scale", 0.0);
  changes.pag.layers = options("layers").get<std::vector<std::string>>();
  const json apg = options("apg");
  changes.apg.eta = apg.value("eta", 1.0);
  changes.apg.norm_threshold = apg.value("adaptive_projected_guidance_rescale", 0.0);
  changes.apg.momentum = apg.value("adaptive_projected_guidance_momentum", 0.0);
  const json freeu = options("freeu");
  changes.freeu = {freeu.value("s1", 1.0), freeu.value("s2", 1.0), freeu.value("b1", 1.0),
                   freeu.value("b2", 1.0)};
  const json deep_cache = options("deep_cache");
  changes.deep_cache = {deep_cache.value("interval", 1), deep_cache.value("branch", 0)};
  return changes;
}

template <class Arguments>
Arguments read(const support::PipelineGolden& golden, const PixelSize& size) {
  Arguments args;
  golden.read(args, size);
  args.changes = changes_of(golden);
  return args;
}

/// The picture that the runs start from: noise of seed 3.
Tensor noise_image(const PixelSize& size) {
  return clamp(SeededNoise(3).draw({1, 3, size.height, size.width}), -1.0f, 1.0f);
}

/// White in the rows 10 to 29 and the columns 8 to 39.
Tensor rectangle(const PixelSize& size) {
  Tensor mask = Tensor::zeros({1, 1, size.height, size.width});
  for (int64_t y = 10; y < 30; ++y) {
    std::fill_n(mask.mutable_data() + y * size.width + 8, 32, 1.0f);
  }
  return mask;
}

void check(const std::string& name) {
  CAPTURE(name);
  support::PipelineGolden golden("guidance_" + name);
  const support::Golden& file = golden.golden;
  const PixelSize size = {40, 56};
  if (file.has_input("picture")) {
    const auto net = support::open_tiny_net("control_net_f16");
    golden.model.controls.all.push_back(
        {.net = net, .picture = file.input("picture"), .scale = 0.8});
  }
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    if (!golden.call.contains("strength")) {
      auto args = read<TextToImage>(golden, size);
      args.size = size;
      return text_to_image(golden.model, scheduler, args, noise, hooks);
    }
    if (file.metadata("mask").empty()) {
      auto args = read<ImageToImage>(golden, size);
      args.image = noise_image(size);
      args.strength = golden.call.at("strength");
      return image_to_image(golden.model, scheduler, args, noise, hooks);
    }
    auto args = read<Inpaint>(golden, size);
    args.image = noise_image(size);
    args.strength = golden.call.at("strength");
    args.mask = rectangle(size);
    return inpaint(golden.model, scheduler, args, noise, hooks);
  });
}

}  // namespace

TEST_CASE("guidance goldens: perturbed attention draws as diffusers") {
  check("pag");
  check("pag_unguided");
  check("pag_layers");
  check("pag_image");
  check("pag_refiner");
  check("pag_mask");
  check("pag_nine");
  check("pag_control");
}

TEST_CASE("guidance goldens: adaptive projected guidance draws as diffusers") {
  check("apg");
  check("apg_eta");
  check("apg_image");
  check("apg_refiner");
}

TEST_CASE("guidance goldens: FreeU draws as diffusers") {
  check("freeu");
  check("freeu_unguided");
  check("freeu_image");
  check("freeu_refiner");
  check("freeu_nine");
}

TEST_CASE("guidance goldens: DeepCache draws as its authors' program with diffusers") {
  check("deep_cache");
  check("deep_cache_unguided");
  check("deep_cache_image");
  check("deep_cache_refiner");
  check("deep_cache_nine");
  for (const char* branch : {"1", "2", "3", "4"}) check(std::string("deep_cache_branch_") + branch);
}
