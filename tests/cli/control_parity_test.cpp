#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

// Parity, traces and knobs of a run with a ControlNet.

using support::Outcome;
using support::refused;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny base, ControlNets and a picture.
class ControlFolder : public support::ScratchFolder {
 public:
  ControlFolder() {
    for (const char* name : {"three_levels_f32", "control_net_f16", "control_net_union_f16"}) {
      std::filesystem::copy(support::test_file(std::string("goldens/models/") + name),
                            path() / name, std::filesystem::copy_options::recursive);
    }
    tensor::Image image{24, 40, std::vector<uint8_t>(24 * 40 * 3, 0)};
    for (int x = 0; x < 40; ++x) image.pixels[3 * (10 * 40 + x)] = 255;
    tensor::write_png(path() / "edges.png", image);
  }
  Outcome run(const Arguments& arguments) const { return support::run_program(path(), arguments); }
  Outcome generate(const Arguments& more) const {
    Arguments arguments = {"generate", "--model", "three_levels_f32", "--prompt", "a star",
                           "--seed",   "7",       "--steps",          "3",        "--quiet",
                           "--height", "24",      "--width",          "40",       "--save-latents",
                           "latents"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  tensor::Tensor latents(const Outcome& outcome) const {
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(path() / "latents").tensor("latents");
  }
};

Arguments with_control(const std::string& net, Arguments more = {}) {
  more.insert(more.begin(), {"--control", net, "--control-image", "edges.png"});
  return more;
}

/// "" if the component of a trace, run again on its inputs, puts out what the run did.
std::string run_again(const ControlFolder& folder, const Arguments& component) {
  Arguments arguments = {"trace",  "--model", "three_levels_f32", "--inputs", "run",
                         "--step", "1",       "--output",         "again"};
  arguments.insert(arguments.end(), component.begin(), component.end());
  const Outcome outcome = folder.run(arguments);
  if (outcome.status != 0) return outcome.err;
  const SafetensorsFile before(folder.path() / "run"), again(folder.path() / "again");
  int compared = 0;
  for (const std::string& name : again.names()) {
    const std::string there = "step.1/" + name;
    if (!before.contains(there)) continue;
    ++compared;
    const auto d = nn::difference(name, again.tensor(name), before.tensor(there));
    if (d.relative != 0.0 || !d.problem.empty()) return name + " differs";
  }
  return compared > 20 ? "" : "nothing was compared";
}

}  // namespace

TEST_CASE("cli: parity replays a controlled run of diffusers, and its ControlNet") {
  const ControlFolder folder;
  const Arguments parity = {"parity", support::golden_path("control_net_parity_dump").string(),
                            "--model", "three_levels_f32"};
  const Outcome alone = folder.run(parity);
  CHECK_MESSAGE(alone.status == 0, alone.out);
  CHECK(alone.out.starts_with("unet: all "));
  CHECK(alone.err.find("--control PATH replays it") != std::string::npos);
  Arguments both = parity;
  both.insert(both.end(), {"--control", "control_net_f16"});
  const Outcome outcome = folder.run(both);
  CHECK_MESSAGE(outcome.status == 0, outcome.out);
  CHECK(outcome.err == "");
  CHECK(outcome.out.find("unet: all ") != std::string::npos);
  CHECK(outcome.out.find("controlnet: all ") != std::string::npos);
  Arguments without = parity;
  without.insert(without.end(), {"--component", "controlnet"});
  CHECK(refused(folder.run(without), 2, {"--component controlnet needs --control PATH"}) == "");
}

TEST_CASE("cli: a step of a controlled run can be run again, as can its ControlNet") {
  const ControlFolder folder;
  const Arguments traced = {"--trace",        "run",
                            "--trace-step",   "1,2",
                            "--trace-inputs", "--trace-components",
                            "unet",           "--trace-components",
                            "controlnet"};
  CHECK(folder.generate(with_control("control_net_f16", traced)).status == 0);
  CHECK(run_again(folder, {"--component", "unet"}) == "");
  CHECK(run_again(folder, {"--component", "controlnet", "--control", "control_net_f16"}) == "");

  Arguments two = with_control("control_net_union_f16", {"--control-type", "depth"});
  const Arguments other = with_control("control_net_union_f16", {"--control-type", "canny"});
  two.insert(two.end(), other.begin(), other.end());
  two.insert(two.end(), {"--control-scale", "0.5", "--control-scale", "1.5"});
  two.insert(two.end(), traced.begin(), traced.end());
  CHECK(folder.generate(two).status == 0);
  CHECK(run_again(folder, {"--component", "unet"}) == "");
  CHECK(run_again(folder, {"--component", "controlnet", "--control", "control_net_union_f16"}) ==
        "");
  CHECK(run_again(folder, {"--component", "controlnet"}).find("needs --control PATH") !=
        std::string::npos);
}

TEST_CASE("cli: a ControlNet's modules have knobs") {
  const ControlFolder folder;
  const tensor::Tensor plain = folder.latents(folder.generate({}));
  const auto muted = [&](const std::string& pattern) {
    const Outcome outcome = folder.generate(with_control(
        "control_net_f16", {"--mute", pattern, "--mute", "controlnet.controlnet_mid_block"}));
    return nn::difference("", folder.latents(outcome), plain).relative;
  };
  CHECK(muted("controlnet.controlnet_down_blocks.*") == 0.0);
  CHECK(muted("controlnet.controlnet_down_blocks.1") > 1e-4);
  CHECK(refused(folder.generate({"--mute", "controlnet.conv_in"}), 1, {"controlnet.conv_in"}) ==
        "");
}
