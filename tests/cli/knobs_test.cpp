#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using support::last_line;
using support::ModelFolder;
using support::Outcome;
using support::read_bytes;
using support::refused;
using support::run_in_shell;
using tensor::Tensor;

namespace {

using Arguments = std::vector<std::string>;

/// The latents of `generate` with more options.
Tensor latents(const ModelFolder& folder, Arguments more) {
  more.insert(more.end(), {"--quiet", "--save-latents", "latents"});
  const Outcome outcome = folder.generate(more);
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  return tensor::io::SafetensorsFile(folder.path() / "latents").tensor("latents");
}

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const std::string attention = "unet.mid_block.attentions.0.transformer_blocks.0.attn2";

}  // namespace

TEST_CASE("cli: knobs that mute, scale, hold or swap move the latents and neutral ones no bit") {
  const ModelFolder folder;
  const Tensor plain = latents(folder, {"--trace", "trace", "--trace-step", "all"});
  const auto distance = [&](const Arguments& more) { return moved(latents(folder, more), plain); };

  CHECK(distance({"--scale", "*=1"}) == 0.0);
  CHECK(distance({"--hold", "unet.*=trace"}) == 0.0);
  CHECK(distance({"--swap-context", "*=a large red star"}) == 0.0);
  CHECK(distance({"--mute", "unet.mid_block"}) > 1e-3);
  CHECK(distance({"--scale", "unet.mid_block=0"}) == distance({"--mute", "unet.mid_block"}));
  CHECK(distance({"--scale", "unet.mid_block=0.5"}) > 1e-3);
  CHECK(distance({"--mute-skip", "4"}) > 1e-3);
  CHECK(distance({"--mute-head", attention + ":0"}) > 1e-6);
  CHECK(distance({"--swap-context", "unet.mid_block=a small blue moon"}) > 1e-6);
  CHECK(distance({"--swap-context", "*=a small blue moon"}) >
        distance({"--swap-context", "unet.mid_block=a small blue moon"}));
  CHECK(distance({"--mute", "text_encoder_2.*.layers.0"}) > 1e-6);
  CHECK(distance({"--mute", "vae.decoder.mid_block"}) == 0.0);  // the latents are done before
}

TEST_CASE("cli: knobs of chosen steps leave the other steps alone") {
  const ModelFolder folder;
  const Tensor plain = latents(folder, {});
  const Tensor whole = latents(folder, {"--mute", "unet.mid_block"});
  const Tensor both = latents(folder, {"--mute", "unet.mid_block", "--knob-steps", "0:2"});
  const Tensor second = latents(folder, {"--mute", "unet.mid_block", "--knob-steps", "1"});
  CHECK(moved(both, whole) == 0.0);
  CHECK(moved(second, plain) > 0.0);
  CHECK(moved(second, whole) > 0.0);

  // A step's own trace, held in that step only.
  latents(folder, {"--trace", "one", "--trace-step", "1"});
  CHECK(moved(latents(folder, {"--hold", "unet.*=one", "--knob-steps", "1"}), plain) == 0.0);
  CHECK(moved(latents(folder, {"--hold", "unet.mid_block=one"}), plain) > 0.0);
}

TEST_CASE("cli: info shows the knobs of an image and its command makes the same bytes") {
  const ModelFolder folder;
  CHECK(folder
            .generate({"--quiet", "--output", "muted.png", "--mute", "unet.mid_block.resnets.?",
                       "unet.up_blocks.1.attentions.1", "--mute-skip", "2", "--swap-context",
                       "*attn2=a 'blue' moon", "--knob-steps", "1"})
            .status == 0);
  const Outcome outcome = support::run_program(folder.path(), {"info", "muted.png"});
  CHECK(outcome.out.find("\nmute: unet.mid_block.resnets.?\nmute: unet.up_blocks.1.attentions.1\n"
                         "mute_skip: 2\nswap_context: *attn2=a 'blue' moon\nknob_steps: 1\n") !=
        std::string::npos);
  CHECK(run_in_shell(folder.path(), last_line(outcome.out)) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "muted.png"));
}

TEST_CASE("cli: a sweep varies a knob and strip and attention have them") {
  const ModelFolder folder;
  const auto run = [&](Arguments words, const Arguments& more) {
    words.insert(words.end(), {"--model", "model", "--prompt", "a star", "--height", "64",
                               "--width", "64", "--seed", "7", "--steps", "2", "--quiet"});
    words.insert(words.end(), more.begin(), more.end());
    return support::run_program(folder.path(), words);
  };
  CHECK(run({"sweep"}, {"--vary", "scale=unet.mid_block=1,unet.mid_block=0"}).status == 0);
  CHECK(run({"strip"}, {"--mute", "unet.mid_block", "--tensors", "muted"}).status == 0);
  CHECK(run({"strip"}, {"--tensors", "plain"}).status == 0);
  CHECK(read_bytes(folder.path() / "muted") != read_bytes(folder.path() / "plain"));
  const std::string own = run({"attention"}, {}).out;
  const std::string swapped = run({"attention"}, {"--swap-context", "*=a moon"}).out;
  CHECK(!own.empty());
  CHECK(own != swapped);  // the map shows the keys of the other prompt
}

TEST_CASE("cli: knobs that fit nothing are refused in one sentence before the first step") {
  const ModelFolder folder;
  const auto refuses = [&](const Arguments& more, int status, const std::string& said) {
    Arguments arguments = {"--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refused(folder.generate(arguments), status, {said});
  };
  CHECK(refuses({"--mute", "unet.midblock"}, 1,
                "--mute: no module's path is like unet.midblock; "
                "the nearest: unet.mid_block") == "");
  CHECK(refuses({"--mute", "unet.down_blocks"}, 1, "nearest: unet.down_blocks.0") == "");
  CHECK(refuses({"--scale", "unet.midblock=2"}, 1, "--scale: no module's path") == "");
  CHECK(refuses({"--scale", "unet.mid_block=much"}, 2,
                "expected PATTERN=F with a number F, as in unet.mid_block=0.5, got "
                "unet.mid_block=much") == "");
  CHECK(refuses({"--scale", "unet.mid_block"}, 2, "expected PATTERN=F") == "");
  CHECK(refuses({"--scale", "unet.mid_block=nan"}, 2, "expected PATTERN=F") == "");
  CHECK(refuses({"--mute-head", attention + ":99"}, 1,
                attention + " has 4 heads; expected 0 to 3, got 99") == "");
  CHECK(refuses({"--mute-head", "unet.mid_block:0"}, 1, "--mute-head: no module's path") == "");
  CHECK(refuses({"--mute-head", attention}, 2, "expected PATTERN:HEAD") == "");
  CHECK(refuses({"--mute-skip", "9"}, 1, "unet has 6 skips; expected 0 to 5, got 9") == "");
  CHECK(refuses({"--mute-skip", "refiner.0"}, 1, "no refiner.unet") == "");
  CHECK(refuses({"--mute-skip", "conv_in"}, 2, "expected the number of a skip") == "");
  CHECK(refuses({"--swap-context", "unet.conv_in=a moon"}, 1, "--swap-context: no module's") == "");
  CHECK(refuses({"--swap-context", "a moon"}, 2, "expected PATTERN=PROMPT") == "");
  CHECK(refuses({"--knob-steps", "1"}, 2, "--knob-steps needs a knob") == "");
  CHECK(refuses({"--mute", "unet.conv_in", "--knob-steps", "1:4"}, 2,
                "--knob-steps: expected 0 to 1 with 2 steps, got 3") == "");
  CHECK(refuses({"--mute", "unet.conv_in", "--knob-steps", "2:1"}, 2, "with A below B") == "");
  CHECK(refuses({"--mute", "unet.conv_in", "--knob-steps", "x"}, 2, "expected steps such as") ==
        "");
  CHECK(refuses({"--mute", "vae.encoder"}, 1, "--mute: no module like vae.encoder ran; 2 steps") ==
        "");

  tensor::io::write_safetensors(folder.path() / "other",
                                {{"unet.mid_block", Tensor::zeros({2, 3, 4, 5})}});
  CHECK(refuses({"--hold", "unet.conv_in=other"}, 1,
                "other has no output of a module like unet.conv_in; it has unet.mid_block") == "");
  CHECK(refuses({"--hold", "unet.mid_block=other"}, 1,
                "other: unet.mid_block is (2, 3, 4, 5) there; expected (2, ") == "");
  CHECK(refuses({"--hold", "unet.mid_block=none"}, 1, "none: cannot be read") == "");
  CHECK(refuses({"--hold", "unet.mid_block"}, 2, "expected PATTERN=FILE") == "");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "sdxl.png"));
}
