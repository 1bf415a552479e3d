#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/observe/compare.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using nlohmann::json;
using support::ModelFolder;
using support::Outcome;
using support::refused;

namespace {

using Arguments = std::vector<std::string>;

Outcome ablate(const ModelFolder& folder, const Arguments& more) {
  Arguments arguments = {"ablate",   "--model", "model",   "--prompt", "a star",
                         "--height", "64",      "--width", "64",       "--seed",
                         "7",        "--steps", "2",       "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

/// The change of the latents by the arguments that mute, as one line.
std::map<std::string, double> numbers(const Outcome& outcome) {
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  std::map<std::string, double> result;
  for (const json& row : json::parse(outcome.out)) {
    std::string line;
    for (const json& word : row.at("arguments")) {
      line += (line.empty() ? "" : " ") + word.get<std::string>();
    }
    result[line] = row.at("latents").get<double>();
  }
  return result;
}

}  // namespace

TEST_CASE("cli: ablate mutes every block, head, skip and part of the schedule once") {
  const ModelFolder folder;
  const auto blocks = numbers(ablate(folder, {"--json"}));
  CHECK(blocks.size() == 24);  // 11 resnets, 7 transformers, 6 levels of several
  CHECK(blocks.at("--mute unet.mid_block") > 1e-3);
  CHECK(blocks.at("--mute unet.up_blocks.1.attentions.1") > 1e-6);
  const tensor::Image sheet = tensor::read_image(folder.path() / "ablate.png");
  CHECK(sheet.width > 5 * 160);

  const auto two = numbers(ablate(folder, {"--json", "--paths", "unet.mid_block.resnets.?"}));
  CHECK(two.size() == 3);
  CHECK(two.at("--mute unet.mid_block.resnets.0") == blocks.at("--mute unet.mid_block.resnets.0"));

  const std::string attention = "unet.mid_block.attentions.0.transformer_blocks.0.attn2";
  const auto heads = numbers(ablate(folder, {"--json", "--of", "heads", "--paths", attention}));
  CHECK(heads.size() == 5);  // four heads, and all
  CHECK(heads.contains("--mute-head " + attention + ":3"));

  const auto skips = numbers(ablate(folder, {"--json", "--of", "skips"}));
  CHECK(skips.size() == 9);  // six, and three levels
  CHECK(skips.contains("--mute-skip 5 --mute-skip 4"));

  const auto steps =
      numbers(ablate(folder, {"--json", "--of", "steps", "--ranges", "2", "--paths", "*.attn2"}));
  CHECK(steps.size() == 3);
  CHECK(steps.contains("--mute *.attn2 --knob-steps 1:2"));
}

TEST_CASE("cli: the table of ablate has the options that draw its images") {
  const ModelFolder folder;
  const Outcome outcome = ablate(folder, {"--of", "skips"});
  CHECK(outcome.err == "");
  CHECK(outcome.out.starts_with("latents  "));
  CHECK(outcome.out.find("  --mute-skip 5\n") != std::string::npos);
}

TEST_CASE("cli: ablate refuses what it can't leave out") {
  const ModelFolder folder;
  CHECK(refused(ablate(folder, {"--of", "heads"}), 2, {"which attentions?"}) == "");
  CHECK(
      refused(ablate(folder, {"--of", "heads", "--paths", "unet.mid_block"}), 1,
              {"--paths: no module's path is like unet.mid_block; the nearest: unet.mid_block."}) ==
      "");
  CHECK(refused(ablate(folder, {"--of", "skips", "--paths", "*"}), 2, {"expected no --paths"}) ==
        "");
  CHECK(refused(ablate(folder, {"--of", "lungs"}), 2, {"blocks"}) == "");
  CHECK(refused(ablate(folder, {"--images", "2"}), 2, {"of one image"}) == "");
  CHECK(refused(ablate(folder, {"--refiner", "model"}), 2, {"expected no --refiner"}) == "");
  CHECK(refused(ablate(folder, {"--output", "nowhere/x.png"}), 1, {"there is no folder"}) == "");
  CHECK(refused(ablate(folder, {"--of", "steps", "--mute", "unet.conv_in", "--knob-steps", "1"}), 2,
                {"expected no --knob-steps"}) == "");
}

TEST_CASE("cli: the figures of docs/knobs.md for the model that ships") {
  const support::ScratchFolder folder;
  const auto latents = [&](const Arguments& more) {
    Arguments arguments = {"generate",
                           "--prompt",
                           "a large yellow star on a blue background",
                           "--seed",
                           "7",
                           "--steps",
                           "25",
                           "--guidance-scale",
                           "4",
                           "--quiet",
                           "--save-latents",
                           "latents"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = support::run_program(folder.path(), arguments);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return tensor::io::SafetensorsFile(folder.path() / "latents").tensor("latents");
  };
  const tensor::Tensor plain = latents({});
  const auto moved = [&](const Arguments& more) {
    return nn::difference("", latents(more), plain).relative;
  };
  CHECK(moved({"--mute", "unet.mid_block"}) == doctest::Approx(0.0015).epsilon(0.05));
  CHECK(moved({"--mute", "unet.up_blocks.1.attentions.2"}) == doctest::Approx(1.13).epsilon(0.01));
  CHECK(moved({"--mute-skip", "2"}) == doctest::Approx(0.32).epsilon(0.02));
  CHECK(moved({"--mute-skip", "6"}) == doctest::Approx(0.46).epsilon(0.02));
}
