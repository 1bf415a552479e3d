#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::last_line;
using support::Outcome;
using support::read_bytes;
using support::refused;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny model that the goldens' embedding is for.
class PromptFolder : public support::ScratchFolder {
 public:
  PromptFolder() {
    std::filesystem::copy(support::test_file("goldens/models/three_levels_f32"), path() / "model",
                          std::filesystem::copy_options::recursive);
    std::filesystem::copy(support::test_file("goldens/embeddings/ring.safetensors"),
                          path() / "ring.safetensors");
  }
  Outcome run(const std::string& command, const Arguments& more) const {
    Arguments arguments = {command, "--model",  "model", "--seed",  "7",  "--steps",
                           "2",     "--height", "40",    "--width", "56", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return support::run_program(path(), arguments);
  }
  Tensor latents(const std::string& prompt, Arguments more) const {
    more.insert(more.end(), {"--prompt", prompt, "--save-latents", "latents"});
    const Outcome outcome = run("generate", more);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(path() / "latents").tensor("latents");
  }
};

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("not found: ", part, " in\n", text);
  return found;
}

const Arguments a1111 = {"--prompt-syntax", "a1111"};

}  // namespace

TEST_CASE("cli: --prompt-syntax weighs words, and info's command makes the same bytes") {
  const PromptFolder folder;
  const Tensor plain = folder.latents("a red star", {});
  CHECK(moved(folder.latents("a red star", a1111), plain) == 0.0);
  CHECK(moved(folder.latents("a (red:1.5) star", a1111), plain) > 1e-3);
  CHECK(moved(folder.latents("a red+ star", {"--prompt-syntax", "compel"}), plain) > 1e-3);
  CHECK(moved(folder.latents("a red star BREAK a moon", a1111), plain) > 1e-3);

  CHECK(
      folder
          .run("generate", {"--prompt", "a (red:1.5) star BREAK <ring>", "--prompt-syntax", "a1111",
                            "--embedding", "ring.safetensors:<ring>", "--output", "a.png"})
          .status == 0);
  const Outcome outcome = support::run_program(folder.path(), {"info", "a.png"});
  CHECK(has(outcome.out, "\nprompt_syntax: a1111\nembedding: ring.safetensors:<ring>\n"));
  CHECK(support::run_in_shell(folder.path(), last_line(outcome.out)) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "a.png"));
}

TEST_CASE("cli: --embedding draws another image, and its word is one word of the prompt") {
  const PromptFolder folder;
  const Tensor plain = folder.latents("a <ring>", {});
  CHECK(moved(folder.latents("a <ring>", {"--embedding", "ring.safetensors:<ring>"}), plain) >
        1e-3);
  CHECK(moved(folder.latents("a star", {"--embedding", "ring.safetensors:<ring>"}),
              folder.latents("a star", {})) == 0.0);
  const Outcome words = folder.run("attention", {"--prompt", "a <ring> star", "--embedding",
                                                 "ring.safetensors:<ring>", "--tensors", "maps"});
  CHECK_MESSAGE(words.status == 0, words.err);
  const SafetensorsFile maps(folder.path() / "maps");
  CHECK(maps.metadata().at("words") == "[\"a\",\"<ring>\",\"star\"]");

  const Outcome refuses = folder.run("generate", {"--prompt", "a", "--embedding", "model"});
  CHECK(refused(refuses, 1, {"model: is a folder without learned_embeds.safetensors"}) == "");
  CHECK(refused(folder.run("generate", {"--prompt", "a", "--embedding", "ring.safetensors:a"}), 1,
                {"has a token a already; expected another name for the embedding"}) == "");
}

TEST_CASE("cli: attention has maps of the words of every chunk, which sum to 1 with the others") {
  const PromptFolder folder;
  const Outcome outcome =
      folder.run("attention", {"--prompt", "a star BREAK a moon", "--prompt-syntax", "a1111",
                               "--negative-prompt", "a BREAK b BREAK c", "--tensors", "maps"});
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(has(outcome.out, "moon"));
  const SafetensorsFile file(folder.path() / "maps");
  CHECK(file.metadata().at("words") == "[\"a\",\"star\",\"a\",\"moon\"]");
  const Tensor words = file.tensor("maps.all"), start = file.tensor("start.all");
  CHECK(mean(slice(words, 0, 3, 4)) > 0.0);
  for (int64_t i = 0; i < start.size(); ++i) {
    double sum = start.data()[i] + file.tensor("end.all").data()[i];
    for (int64_t word = 0; word < 4; ++word) sum += words.data()[word * start.size() + i];
    CHECK(sum == doctest::Approx(1.0).epsilon(1e-5));
  }
}

TEST_CASE("cli: a trace of several chunks has the UNet's context, and knobs swap it") {
  const PromptFolder folder;
  const Arguments prompt = {
      "--prompt", "a star BREAK a moon", "--prompt-syntax", "a1111", "--trace", "t", "--trace-step",
      "0",        "--trace-inputs"};
  CHECK(folder.run("generate", prompt).status == 0);
  const SafetensorsFile trace(folder.path() / "t");
  CHECK(trace.shape("inputs/unet/encoder_hidden_states") == tensor::Shape{2, 2 * 77, 28});
  CHECK(support::run_program(folder.path(), {"trace", "--component", "unet", "--model", "model",
                                             "--inputs", "t", "--output", "again"})
            .status == 0);
  const SafetensorsFile again(folder.path() / "again");
  CHECK(moved(again.tensor("unet.mid_block"), trace.tensor("unet.mid_block")) == 0.0);

  const Tensor plain = folder.latents("a star BREAK a moon", a1111);
  Arguments swapped = a1111;
  swapped.insert(swapped.end(), {"--swap-context", "unet=(a ring:1.2)"});
  CHECK(moved(folder.latents("a star BREAK a moon", swapped), plain) > 1e-4);
  CHECK(folder.run("sweep", {"--prompt", "a red++ star", "--vary", "prompt-syntax=plain,compel"})
            .status == 0);
}

TEST_CASE("cli: tokenize shows the weight of each token, chunk by chunk") {
  const PromptFolder folder;
  const auto tokenize = [&](const Arguments& more) {
    Arguments arguments = {"tokenize", "--model", "openclip-bigg"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return support::run_program(folder.path(), arguments);
  };
  const Outcome outcome = tokenize({"--prompt-syntax", "a1111", "a (fox:1.3) BREAK snow"});
  CHECK(has(outcome.out, "openclip-bigg, chunk 1 of 2\n"));
  CHECK(has(outcome.out, "   2    3240  fox</w>  x 1.3\n"));
  CHECK(has(outcome.out, "openclip-bigg, chunk 2 of 2\n   0   49406  <|startoftext|>\n"));
  CHECK(has(tokenize({"a (fox:1.3)"}).out, "openclip-bigg\n"));
  CHECK(refused(tokenize({"--prompt-syntax", "a1111", "a (fox"}), 2, {"TEXT: this ( has no )"}) ==
        "");
}

TEST_CASE("cli: marks that are wrong are refused before a model is opened") {
  const PromptFolder folder;
  const auto refuses = [&](const Arguments& more, const std::string& said) {
    Arguments arguments = {"generate", "--model", "absent"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refused(support::run_program(folder.path(), arguments), 2, {said});
  };
  CHECK(refuses({"--prompt", "a (red fox", "--prompt-syntax", "a1111"},
                "--prompt: this ( has no ); a bracket that is text is written \\(\n"
                "    a (red fox\n      ^\n") == "");
  CHECK(refuses({"--prompt", "a", "--negative-prompt", "b)", "--prompt-syntax", "compel"},
                "--negative-prompt: this ) closes no (") == "");
  CHECK(refuses({"--prompt", "a", "--prompt-syntax", "A1111"}, "--prompt-syntax: A1111 not in") ==
        "");
}
