#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nn/observe/compare.h"
#include "sdxl/pipeline/guidance.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/compute.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"

using namespace sdxl;
using support::Golden;

namespace {

constexpr double limit = 1e-5;  // relative L2, of every module's output

struct UNetCase {
  explicit UNetCase(const std::string& family)
      : golden("unet_" + family), unet(nn::root(), UNetConfig::read(golden.config())) {
    golden.load(unet, "UNet2DConditionModel");
    sample = golden.input("sample");
    timestep = golden.input("timestep").at({0});
    cond.context = golden.input("encoder_hidden_states");
    if (golden.has_input("text_embeds")) {
      cond.pooled = golden.input("text_embeds");
      cond.time_ids = golden.input("time_ids");
    }
    if (golden.has_input("timestep_cond")) cond.timestep_cond = golden.input("timestep_cond");
  }

  std::string check() const {
    const nn::Recorder recorder;
    unet.forward(sample, timestep, cond);
    return golden.compare(recorder, limit);
  }

  Golden golden;
  UNet2DConditionModel unet;
  Tensor sample;
  float timestep;
  Conditioning cond;
};

}  // namespace

TEST_CASE("unet: a tiny SDXL base equals diffusers at every module") {
  CHECK(UNetCase("base").check() == "");
}

TEST_CASE("unet: a tiny SDXL refiner equals diffusers at every module") {
  CHECK(UNetCase("refiner").check() == "");
}

TEST_CASE("unet: a tiny SD 1.5 equals diffusers at every module") {
  CHECK(UNetCase("sd15").check() == "");
}

TEST_CASE("unet: a tiny SD 2.1 for inpainting equals diffusers at every module") {
  CHECK(UNetCase("sd21").check() == "");
}

TEST_CASE("unet: a tiny LCM with a guidance embedding equals diffusers at every module") {
  CHECK(UNetCase("lcm").check() == "");
}

TEST_CASE("unet: tiny SSD-1B, Vega and KOALA, with depths that differ, equal diffusers") {
  for (const char* family : {"ssd_1b", "vega", "koala", "unequal_middle"}) {
    CAPTURE(family);
    const UNetCase c(family);
    const Tensor out = c.unet.forward(c.sample, c.timestep, c.cond);
    const nn::Comparison comparison =
        nn::compare({{"conv_out", out}}, {{"conv_out", c.golden.output("conv_out")}});
    CHECK(comparison.verdict(limit) == "");
  }
}

TEST_CASE("unet: inputs of a wrong shape are refused by name") {
  const UNetCase c("base");
  const auto message = [&c](const Tensor& sample, const Conditioning& cond) -> std::string {
    try {
      c.unet.forward(sample, 1, cond);
      return "";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  const auto with = [&c](Tensor Conditioning::*part, const Tensor& value) {
    Conditioning cond = c.cond;
    cond.*part = value;
    return cond;
  };
  CHECK(message(Tensor::zeros({2, 3, 4, 4}), c.cond) ==
        "UNet2DConditionModel expects sample (N, 4, H, W), got (2, 3, 4, 4)");
  CHECK(message(Tensor::zeros({4, 4, 4}), c.cond) ==
        "UNet2DConditionModel expects sample (N, 4, H, W), got (4, 4, 4)");
  CHECK(message(c.sample, with(&Conditioning::context, Tensor::zeros({2, 7, 21}))) ==
        "UNet2DConditionModel expects encoder_hidden_states (2, S, 20), got (2, 7, 21)");
  CHECK(message(c.sample, with(&Conditioning::context, Tensor::zeros({1, 7, 20}))) ==
        "UNet2DConditionModel expects encoder_hidden_states (2, S, 20), got (1, 7, 20)");
  CHECK(message(c.sample, with(&Conditioning::context, Tensor())) ==
        "UNet2DConditionModel expects encoder_hidden_states (2, S, 20), got (0,)");
  CHECK(message(c.sample, with(&Conditioning::pooled, Tensor())) ==
        "UNet2DConditionModel expects text_embeds and time_ids with 2 rows, got (0,) and (2, 6)");
  CHECK(message(c.sample, with(&Conditioning::pooled, Tensor::zeros({1, 10}))) ==
        "UNet2DConditionModel expects text_embeds and time_ids with 2 rows, got (1, 10) and (2, "
        "6)");
  CHECK(message(c.sample, with(&Conditioning::time_ids, Tensor::zeros({2, 5}))) ==
        "UNet2DConditionModel: add_embedding expects 58 inputs, got 10 of the pooled text and 5 x "
        "8 of the sizes; is this the model that the text encoders belong to?");
  CHECK(message(c.sample, with(&Conditioning::timestep_cond, Tensor::zeros({2, 6}))) ==
        "UNet2DConditionModel: timestep_cond is for distilled models with a time_cond_proj_dim; "
        "this one takes none, got (2, 6)");
  const UNetCase lcm("lcm");
  Conditioning cond = lcm.cond;
  cond.timestep_cond = Tensor::zeros({2, 5});
  CHECK_THROWS_WITH(lcm.unet.forward(lcm.sample, 1, cond),
                    "UNet2DConditionModel expects timestep_cond (2, 6), got (2, 5)");
}

TEST_CASE("unet: an inpainting UNet concatenates mask and masked image to the sample") {
  UNetCase c("sd21");  // of 9 channels
  const Tensor whole = c.unet.forward(c.sample, c.timestep, c.cond);
  const Tensor latents = slice(c.sample, 1, 0, 4);
  c.cond.concat = slice(c.sample, 1, 4, 9);
  const Tensor joined = c.unet.forward(latents, c.timestep, c.cond);
  REQUIRE(joined.shape() == whole.shape());
  CHECK(std::equal(whole.data(), whole.data() + whole.size(), joined.data()));

  const auto [n, channels, height, width] = latents.dims<4>();
  CHECK_THROWS_WITH(c.unet.forward(c.sample, c.timestep, c.cond),
                    doctest::Contains("expects sample and concat of 9 channels together"));
  c.cond.concat = Tensor::zeros({n, 5, height, width + 1});
  CHECK_THROWS_WITH(c.unet.forward(latents, c.timestep, c.cond),
                    doctest::Contains("expects sample and concat of 9 channels together and of one "
                                      "size, got "));
}

TEST_CASE("unet: each image of a batch gives the same as alone") {
  const UNetCase c("base");
  const Tensor both = c.unet.forward(c.sample, c.timestep, c.cond);
  for (int64_t i = 0; i < 2; ++i) {
    const Conditioning cond = {.context = slice(c.cond.context, 0, i, i + 1),
                               .pooled = slice(c.cond.pooled, 0, i, i + 1),
                               .time_ids = slice(c.cond.time_ids, 0, i, i + 1),
                               .timestep_cond = {}};
    const Tensor alone = c.unet.forward(slice(c.sample, 0, i, i + 1), c.timestep, cond);
    const nn::Comparison comparison =
        nn::compare({{"sample", alone}}, {{"sample", slice(both, 0, i, i + 1)}});
    CHECK(comparison.verdict(1e-6) == "");
  }
}

TEST_CASE("unet: sinusoids are those of torch") {
  // The limit leaves room for one unit in a frequency's last place, which a timestep of 999
  // multiplies.
  const auto check = [](const Tensor& x, int64_t row, const std::vector<double>& cosines,
                        double last_cosine, const std::vector<double>& sines, double last_sine) {
    const int64_t half = x.dim(1) / 2;
    for (int64_t k = 0; k < 4; ++k) {
      CHECK(std::abs(x.at({row, k}) - cosines[k]) < 6e-5);
      CHECK(std::abs(x.at({row, half + k}) - sines[k]) < 6e-5);
    }
    CHECK(std::abs(x.at({row, half - 1}) - last_cosine) < 6e-5);
    CHECK(std::abs(x.at({row, 2 * half - 1}) - last_sine) < 6e-5);
  };
  const Tensor t = tensor::sinusoidal_embedding({999.0f, 958.0f, 1.0f}, 320, true, 0.0f);
  check(t, 0, {0.9996498, 0.8026775, -0.2780621, 0.1768028}, 0.9944063,
        {-0.0264608, 0.5964133, -0.9605631, -0.9842463}, 0.105622061);
  check(t, 1, {-0.9827963, 0.9329026, 0.7681937, -0.2357623}, 0.9948556,
        {0.1846929, -0.3601288, -0.6402175, 0.9718108}, 0.101302437);
  check(t, 2, {0.5403023, 0.5865038, 0.6284394, 0.6664233}, 1.0,
        {0.8414710, 0.8099465, 0.7778585, 0.7455736}, 0.000105925);
  const Tensor sizes = tensor::sinusoidal_embedding({1024.0f, 6.0f, 2.5f, 0.0f}, 256, true, 0.0f);
  check(sizes, 0, {0.9873536, -0.5376172, 0.6834572, -0.4919268}, 0.9939517,
        {-0.1585334, -0.8431890, 0.7299906, 0.8706366}, 0.109817877);
  check(sizes, 1, {0.9601703, 0.7650012, 0.4647892, 0.1223566}, 0.9999998,
        {-0.2794155, -0.6440288, -0.8854213, -0.9924862}, 0.000644764);
  check(sizes, 2, {-0.8011436, -0.6857501, -0.5597752, -0.4293827}, 0.9999999,
        {0.5984721, 0.7278371, 0.8286445, 0.9031226}, 0.000268652);
  check(sizes, 3, {1, 1, 1, 1}, 1, {0, 0, 0, 0}, 0);
  const Tensor odd = tensor::sinusoidal_embedding({2.5f}, 5, false, 1.0f);
  CHECK(odd.at({0, 0}) == doctest::Approx(0.5984721));
  CHECK(odd.at({0, 4}) == 0.0f);
}

TEST_CASE("unet: both inputs of guidance give the same bits in one call as alone") {
  const UNetCase base("base");
  Guidance guidance = {.cond = base.cond, .uncond = base.cond, .scale = 5.0, .rescale = 0.3};
  guidance.uncond.context = -0.5f * base.cond.context;
  guidance.uncond.time_ids = base.cond.time_ids + 8.0f;
  const Tensor guided = predict_guided(base.unet, base.sample, base.timestep, guidance);

  const Tensor uncond = base.unet.forward(base.sample, base.timestep, guidance.uncond);
  const Tensor cond = base.unet.forward(base.sample, base.timestep, guidance.cond);
  const Tensor wanted = rescale_guidance(classifier_free_guidance(uncond, cond, 5.0f), cond, 0.3);
  REQUIRE(guided.shape() == wanted.shape());
  if (tensor::backend() == tensor::Backend::eigen) {  // another loop for a single row (ADR 15)
    CHECK_FALSE(nn::difference("the prediction", guided, wanted).is_beyond(limit));
    return;
  }
  CHECK(std::equal(wanted.data(), wanted.data() + wanted.size(), guided.data()));
}
