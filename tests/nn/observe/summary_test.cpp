#include "nn/observe/summary.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

using nn::ModuleSummary;
using support::Golden;
using tensor::DType;
using tensor::Tensor;

namespace {

/// "" when all modules that PyTorch saw multiply have its counts, and no others multiply.
std::string compare(const std::vector<ModuleSummary>& rows, const std::string& name) {
  std::ifstream file(support::test_file("goldens/multiply_adds.json"));
  nlohmann::json expected = nlohmann::json::parse(file).at(name);
  for (const ModuleSummary& row : rows) {
    if (row.kind == "ModuleList") continue;  // PyTorch runs none of these
    const int64_t count = expected.value(row.path, int64_t{0});
    expected.erase(row.path);
    if (row.multiply_adds != count) return row.path + ": expected " + std::to_string(count);
  }
  for (const auto& [path, count] : expected.items()) {
    if (count != 0) return path + ": is not there";
  }
  return "";
}

std::vector<ModuleSummary> summarize_unet(const std::string& name) {
  const Golden golden(name);
  const sdxl::UNet2DConditionModel unet(nn::root(), sdxl::UNetConfig::read(golden.config()));
  sdxl::Conditioning cond;
  cond.context = golden.input("encoder_hidden_states");
  if (golden.has_input("text_embeds")) {
    cond.pooled = golden.input("text_embeds");
    cond.time_ids = golden.input("time_ids");
  }
  return nn::summarize(unet, DType::f32, [&] { unet.forward(golden.input("sample"), 0.0f, cond); });
}

}  // namespace

TEST_CASE("summary: multiply-adds of every module of tiny UNets equal those PyTorch counts") {
  for (const std::string name : {"unet_base", "unet_refiner", "unet_sd15"}) {
    CHECK(compare(summarize_unet(name), name) == "");
  }
}

TEST_CASE("summary: multiply-adds of every module of a tiny autoencoder equal PyTorch's") {
  const Golden golden("vae_sdxl");
  const sdxl::AutoencoderKL vae(nn::root(), sdxl::VaeConfig::read(golden.config()));
  const auto rows = nn::summarize(vae, DType::f32, [&] {
    vae.encode(golden.input("image"));
    vae.decode(golden.input("latents"));
  });
  CHECK(compare(rows, "vae_sdxl") == "");
}

TEST_CASE("summary: shapes are those of a run that computes") {
  const Golden golden("unet_base");
  for (const ModuleSummary& row : summarize_unet("unet_base")) {
    if (golden.has_output(row.path)) CHECK(row.output == golden.output(row.path).shape());
  }
}

TEST_CASE("summary: bytes follow the weights' type") {
  const sdxl::CLIPTextModel encoder(nn::root(), sdxl::ClipTextConfig::clip_l());
  const auto rows =
      nn::summarize(encoder, DType::bf16, [&] { encoder.forward({std::vector<int64_t>(77, 0)}); });
  CHECK(rows.front().kind == "CLIPTextModel");
  CHECK(rows.front().parameters == 123'060'480);
  CHECK(rows.front().bytes == 2 * 123'060'480);
  // A layer: four projections, two products of attention, an MLP four times as wide.
  CHECK(rows.front().multiply_adds == 12 * (77LL * 12 * 768 * 768 + 2 * 77 * 77 * 768LL));
}

TEST_CASE("summary: afterwards ops compute again") {
  summarize_unet("unet_base");
  const Tensor one = Tensor::full({1}, 1.0f);
  CHECK((one + one).at({0}) == 2.0f);
}
