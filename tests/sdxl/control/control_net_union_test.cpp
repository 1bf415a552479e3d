#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tests/sdxl/control/control_golden.h"

// A tiny union ControlNet of tests/make_goldens/control_net_union.py against diffusers'.

using namespace sdxl;
using support::check_controlled_text;

namespace {

const std::string net_name = "control_net_union_f16";

std::vector<ControlPicture> pictures_of(const support::Golden& golden) {
  const auto modes = nlohmann::json::parse(golden.metadata("modes"));
  const auto scales = nlohmann::json::parse(golden.metadata("scales"));
  return {{golden.input("picture"), modes[0], scales[0]},
          {golden.input("picture_2"), modes[1], scales[1]}};
}

ControlResiduals run(const support::Golden& golden, const ControlNet& net,
                     const std::vector<ControlPicture>& pictures) {
  return net.forward(golden.input("sample"), golden.input("timestep").at({0}),
                     support::control_conditioning(golden), pictures);
}

}  // namespace

TEST_CASE("control net union: every module computes what diffusers computes") {
  const support::Golden golden("control_net_union");
  const auto net = support::open_tiny_net(net_name);
  const nn::Recorder recorder;
  const ControlResiduals residuals = run(golden, *net, pictures_of(golden));
  int compared = 0;
  for (const std::string path : nlohmann::json::parse(golden.metadata("outputs"))) {
    if (path == "mid" || path.starts_with("skip.")) continue;
    CAPTURE(path);
    REQUIRE(recorder.find(path) != nullptr);
    CHECK(nn::difference(path, *recorder.find(path), golden.output(path)).relative < 1e-5);
    ++compared;
  }
  CHECK(compared > 20);
  support::check_residuals(residuals, golden);
}

TEST_CASE("control net union: of one type, in guess mode and with two pictures, as diffusers") {
  check_controlled_text("control_net_union_guided");
  check_controlled_text("control_net_union_guess");
  check_controlled_text("control_net_union_together");
}

TEST_CASE("control net union: a type matters, and one that isn't there is refused") {
  const support::Golden golden("control_net_union");
  const auto net = support::open_tiny_net(net_name);
  CHECK(net->config().types == 7);
  const Tensor picture = golden.input("picture");
  const Tensor depth = run(golden, *net, {{picture, 1}}).mid;
  CHECK(nn::difference("", run(golden, *net, {{picture, 2}}).mid, depth).relative > 1e-4);
  CHECK_THROWS_WITH_AS(run(golden, *net, {{picture, 7}}), ": expected a type of 0 to 6, got 7",
                       std::invalid_argument);
  const auto plain = support::open_tiny_net("control_net_f16");
  CHECK_THROWS_WITH_AS(run(golden, *plain, {{picture}, {picture}}),
                       ": expected one control picture, got 2", std::invalid_argument);
}

TEST_CASE("control net union: types have the names of the published models") {
  CHECK(control_type("openpose", 6) == 0);
  CHECK(control_type("lineart", 6) == 3);
  CHECK(control_type("5", 6) == 5);
  CHECK(control_type("tile", 8) == 6);
  CHECK(control_type("tile", 6) == std::nullopt);
  CHECK(control_type("6", 6) == std::nullopt);
  CHECK(control_type("", 6) == std::nullopt);
  CHECK(control_type_names(9) ==
        "openpose (0), depth (1), scribble (2), canny (3), normal (4), segment (5), tile (6), "
        "repaint (7), (8)");
}
