#include <numeric>

#include "sdxl/text/clip_text_config.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/tiny_vae_config.h"
#include "sdxl/vae/vae_config.h"
#include "tests/fuzz/support/fuzz.h"

namespace {

/// A config that is accepted is one that a model can be built of.
void build(const sdxl::UNetConfig& config) {
  const auto sum = [](const std::vector<int64_t>& of) {
    return std::accumulate(of.begin(), of.end(), int64_t{0});
  };
  if (sum(config.layers_per_block) * (1 + sum(config.transformer_layers_per_block)) > 16) return;
  const sdxl::UNet2DConditionModel model(nn::root("unet"), config);
  fuzz::expect(!model.children().empty(), "a UNet has no layers");
}

}  // namespace

/// The config.json of every part of a model, read as each of them: the class in it decides.
void fuzz::test(std::string_view input) {
  expect_result_or_error("config.json", [&] {
    const auto json = sdxl::ConfigReader::parse(std::string(input), "config.json");
    expect_result_or_error("config.json", [&] { build(sdxl::UNetConfig::read(json)); });
    expect_result_or_error("config.json", [&] { sdxl::ClipTextConfig::read(json); });
    expect_result_or_error("config.json", [&] { sdxl::VaeConfig::read(json); });
    expect_result_or_error("config.json", [&] { sdxl::TinyVaeConfig::read(json); });
  });
}
