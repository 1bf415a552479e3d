#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::Outcome;
using support::read_bytes;
using support::refused;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with a tiny base, its refiner and its ControlNet.
class GuidanceFolder : public support::ScratchFolder {
 public:
  GuidanceFolder() {
    for (const char* name : {"three_levels_f32", "refiner_f16", "control_net_f16"}) {
      std::filesystem::copy(support::test_file(std::string("goldens/models/") + name),
                            path() / name, std::filesystem::copy_options::recursive);
    }
  }
  Outcome run(const std::string& command, const Arguments& more) const {
    Arguments arguments = {
        command,   "--model", "three_levels_f32", "--prompt", "a star",  "--seed", "7",
        "--steps", "3",       "--height",         "40",       "--width", "56",     "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return support::run_program(path(), arguments);
  }
  Tensor latents(Arguments more) const {
    more.insert(more.end(), {"--save-latents", "latents"});
    const Outcome outcome = run("generate", more);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(path() / "latents").tensor("latents");
  }
};

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

}  // namespace

TEST_CASE("cli: each option of guidance moves the latents, and at its neutral value no bit") {
  const GuidanceFolder folder;
  const Tensor plain = folder.latents({});
  for (const Arguments& neutral :
       {Arguments{"--pag-scale", "0"}, Arguments{"--apg-eta", "1", "--apg-momentum", "0"},
        Arguments{"--freeu-s1", "1", "--freeu-b2", "1"}, Arguments{"--deep-cache", "1"}}) {
    CAPTURE(neutral[0]);
    CHECK(moved(folder.latents(neutral), plain) == 0.0);
  }
  for (const Arguments& changed :
       {Arguments{"--pag-scale", "3"}, Arguments{"--apg-eta", "0"},
        Arguments{"--apg-norm-threshold", "0.5"}, Arguments{"--apg-momentum=-0.5"},
        Arguments{"--freeu-s1", "0.5"}, Arguments{"--freeu-s2", "0.5"},
        Arguments{"--freeu-b1", "1.3"}, Arguments{"--freeu-b2", "1.3"},
        Arguments{"--deep-cache", "2"}}) {
    CAPTURE(changed[0]);
    CHECK(moved(folder.latents(changed), plain) > 1e-4);
  }
  const Tensor mid = folder.latents({"--pag-scale", "3"});
  CHECK(moved(folder.latents({"--pag-scale", "3", "--pag-layers", "mid"}), mid) == 0.0);
  CHECK(moved(folder.latents({"--pag-scale", "3", "--pag-layers", "up_blocks.0", "mid"}), mid) >
        1e-4);
  CHECK(moved(folder.latents({"--pag-scale", "3", "--pag-adaptive-scale", "0.01"}), mid) > 1e-4);
  const Tensor cached = folder.latents({"--deep-cache", "2"});
  CHECK(moved(folder.latents({"--deep-cache", "2", "--deep-cache-branch", "4"}), cached) > 1e-4);
}

TEST_CASE("cli: a refiner has the same guidance, and a trace the perturbed rows") {
  const GuidanceFolder folder;
  const Arguments refined = {"--refiner", "refiner_f16"};
  const auto with = [&](const Arguments& more) {
    Arguments arguments = refined;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folder.latents(arguments);
  };
  const Tensor plain = with({});
  const std::string to_q = "refiner.unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
  const std::string to_v = "refiner.unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_v";
  const Tensor changed = with({"--pag-scale", "2", "--freeu-b1", "1.3", "--trace", "t",
                               "--trace-step", "2", "--trace-paths", to_q, to_v});
  CHECK(moved(changed, plain) > 1e-4);
  const SafetensorsFile trace(folder.path() / "t");
  CHECK(trace.tensor(to_q).dim(0) == 2);
  CHECK(trace.tensor(to_v).dim(0) == 3);
}

TEST_CASE("cli: guidance can be swept, and the PNG makes the image again") {
  const GuidanceFolder folder;
  const Outcome sheet =
      folder.run("sweep", {"--vary", "pag-scale=0,3", "--vary", "freeu-b1=1,1.3"});
  CHECK_MESSAGE(sheet.status == 0, sheet.err);
  CHECK(folder.run("generate", {"--pag-scale", "3", "--apg-eta", "0.5", "--deep-cache", "2"})
            .status == 0);
  const Outcome info = support::run_program(folder.path(), {"info", "sdxl.png"});
  for (const char* text : {"pag_scale", "adaptive_projected_guidance_eta", "cache_interval",
                           "--pag-scale 3 --apg-eta 0.5 --deep-cache 2"}) {
    CAPTURE(info.out);
    CHECK(info.out.find(text) != std::string::npos);
  }
}

TEST_CASE("cli: options of guidance that fit nothing are refused before the first step") {
  const GuidanceFolder folder;
  const auto refuses = [&](const Arguments& more, const std::string& said, int status = 2) {
    return refused(folder.run("generate", more), status, {said});
  };
  CHECK(refuses({"--pag-scale", "-1"}, "--pag-scale: expected a number from 0, got -1") == "");
  CHECK(refuses({"--freeu-s1", "0"}, "--freeu-s1: expected a number above 0, got 0") == "");
  CHECK(refuses({"--apg-eta", "nan"}, "--apg-eta: expected a number, got nan") == "");
  CHECK(refuses({"--deep-cache", "0"}, "--deep-cache: expected a whole number from 1") == "");
  CHECK(refuses({"--pag-layers", "mid"}, "--pag-layers need --pag-scale F") == "");
  CHECK(refuses({"--deep-cache-branch", "1"}, "--deep-cache-branch needs --deep-cache N") == "");
  CHECK(refuses({"--freeu-b1", "1.2", "--mute-skip", "1"}, "expected one of them") == "");
  CHECK(refuses({"--pag-scale", "1", "--pag-layers", "middle"},
                "pag_applied_layers: no module's path is like *middle*", 1) == "");
  CHECK(refuses({"--deep-cache", "2", "--deep-cache-branch", "6"},
                "DeepCache: unet has the skips 0 to 5; expected one of them, got 6", 1) == "");
  CHECK(refused(folder.run("attention", {"--pag-scale", "1"}), 2, {"expected no --pag-scale"}) ==
        "");
}
