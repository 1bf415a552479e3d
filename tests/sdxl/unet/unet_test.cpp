#include <doctest/doctest.h>

#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"

using namespace sdxl;
using support::Golden;

namespace {

constexpr double limit = 1e-5;  // relative L2, of every module's output

/// Runs one block on its golden's inputs and compares all outputs.
template <class Block, class... Inputs>
std::string check_block(Block& block, const std::string& name, const Inputs&... inputs) {
  const Golden golden(name);
  golden.load(block, name);
  const nn::Recorder recorder;
  block.forward(golden.input(inputs)...);
  return golden.compare(recorder, limit);
}

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

TEST_CASE("unet: ResnetBlock equals diffusers with and without a shortcut convolution") {
  ResnetBlock wider(nn::root(), {12, 18, 20, 3, 1e-5f});
  CHECK(check_block(wider, "resnet", "x", "temb") == "");
  ResnetBlock same(nn::root(), {12, 12, 20, 3, 1e-5f});
  CHECK(check_block(same, "resnet_same_width", "x", "temb") == "");
}

TEST_CASE("unet: Downsample2D and Upsample2D equal diffusers") {
  Downsample2D down(nn::root(), 12, tensor::Padding::all(1));
  CHECK(check_block(down, "downsample", "x") == "");
  Upsample2D up(nn::root(), 12);
  const Golden golden("upsample");
  golden.load(up, "Upsample2D");
  const nn::Recorder recorder;
  up.forward(golden.input("x"));
  CHECK(golden.compare(recorder, limit) == "");
}

TEST_CASE("unet: Transformer2D equals diffusers with linear and with convolutional projections") {
  Transformer2D linear(nn::root(), {12, 3, 2, 10, 3, true});
  CHECK(check_block(linear, "transformer_2d_linear", "x", "context") == "");
  Transformer2D conv(nn::root(), {12, 3, 2, 10, 3, false});
  CHECK(check_block(conv, "transformer_2d_conv", "x", "context") == "");
}

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

TEST_CASE("unet: inputs that do not fit are named") {
  UNetCase c("base");
  const Conditioning good = c.cond;
  CHECK_THROWS_WITH(c.unet.forward(Tensor::zeros({2, 3, 4, 4}), 1, good),
                    "UNet2DConditionModel expects sample (N, 4, H, W), got (2, 3, 4, 4)");
  Conditioning cond = good;
  cond.context = Tensor::zeros({2, 7, 21});
  CHECK_THROWS_WITH(
      c.unet.forward(c.sample, 1, cond),
      "UNet2DConditionModel expects encoder_hidden_states (2, S, 20), got (2, 7, 21)");
  cond = good;
  cond.context = Tensor::zeros({1, 7, 20});
  CHECK_THROWS(c.unet.forward(c.sample, 1, cond));
  cond = good;
  cond.pooled = Tensor();
  CHECK_THROWS_WITH(
      c.unet.forward(c.sample, 1, cond),
      "UNet2DConditionModel expects text_embeds and time_ids with 2 rows, got (0,) and (2, 6)");
  cond = good;
  cond.time_ids = Tensor::zeros({2, 5});
  CHECK_THROWS(c.unet.forward(c.sample, 1, cond));
}

TEST_CASE("unet: sinusoids are those of torch") {
  const Tensor x = tensor::sinusoidal_embedding({999.0f, 958.0f, 1.0f}, 320, true, 0.0f);
  // The limit leaves room for one unit in a frequency's last place, which a timestep of 999
  // multiplies.
  const auto check = [&](int64_t row, int64_t column, double expected) {
    CHECK(x.at({row, column}) == doctest::Approx(expected).epsilon(0).scale(1).epsilon(6e-5));
  };
  check(0, 0, 0.9996498);
  check(0, 1, 0.8026775);
  check(0, 159, 0.9944063);
  check(0, 160, -0.0264608);
  check(0, 319, 0.105622061);
  check(1, 2, 0.7681937);
  check(1, 163, 0.9718108);
  check(2, 3, 0.6664233);
  const Tensor odd = tensor::sinusoidal_embedding({2.5f}, 5, false, 1.0f);
  CHECK(odd.at({0, 0}) == doctest::Approx(0.5984721));
  CHECK(odd.at({0, 4}) == 0.0f);
}
