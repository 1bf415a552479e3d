#include <doctest/doctest.h>

#include "tensor/image/image.h"
#include "tests/support/program.h"

using support::last_line;
using support::ModelFolder;
using support::Outcome;
using support::read_bytes;
using support::refused;
using support::run_in_shell;

namespace {

Outcome info(const ModelFolder& folder, const std::string& image) {
  return support::run_program(folder.path(), {"info", image});
}

const tensor::Image dot = {1, 1, {1, 2, 3}};

}  // namespace

TEST_CASE("cli: info prints how an image was made and its command makes the same bytes") {
  const ModelFolder folder;
  CHECK(folder
            .generate({"--output", "star.png", "--quiet", "--prompt", "a 'large' $HOME; \"star\"",
                       "--negative-prompt", "", "--guidance-scale", "3.3333333333333",
                       "--scheduler", "ddpm", "--crop-top", "8", "--threads", "1"})
            .status == 0);
  const Outcome outcome = info(folder, "star.png");
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.find("prompt: a 'large' $HOME; \"star\"\n") != std::string::npos);
  CHECK(outcome.out.find("\nseed: 7\n") != std::string::npos);
  const std::string line = last_line(outcome.out);
  CHECK(line ==
        "sdxl generate --model model --prompt 'a '\\''large'\\'' $HOME; \"star\"' "
        "--negative-prompt '' --height 64 --width 64 --steps 2 --scheduler ddpm "
        "--guidance-scale 3.3333333333333 --crop-top 8 --seed 7\n");
  CHECK(run_in_shell(folder.path(), line) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "star.png"));
}

TEST_CASE("cli: info prints a seed that was drawn at random") {
  const ModelFolder folder;
  const auto draw = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"generate", "--model", "model", "--prompt", "x", "--steps", "1"});
    CHECK(support::run_program(folder.path(), more).status == 0);
  };
  draw({"--output", "first.png"});
  const std::string line = last_line(info(folder, "first.png").out);
  CHECK(run_in_shell(folder.path(), line) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "first.png"));
}

TEST_CASE("cli: info of other images and of hostile texts") {
  const ModelFolder folder;
  const auto says = [&](const tensor::TextChunks& texts) {
    tensor::write_png(folder.path() / "dot.png", dot, texts);
    return info(folder, "dot.png");
  };
  CHECK(refused(says({}), 1, {"dot.png: no text in it says how it was made"}) == "");
  CHECK(says({{"Author", "someone"}}).out == "Author: someone\n");
  CHECK(says({{"a", "\x1b[31m\n"}}).out == "a: \\x1b[31m\\n\n");
  CHECK(says({{"arguments", R"(["--prompt", "`x`; rm \u001b'"])"}}).out ==
        "\nsdxl generate --prompt $'`x`; rm \\x1b\\''\n");
  CHECK(refused(says({{"arguments", "rm -rf ."}}), 1, {"expected a JSON list of strings"}) == "");
  CHECK(refused(says({{"arguments", "[1]"}}), 1, {"expected a JSON list of strings, got [1]"}) ==
        "");

  folder.write("text.png", "no image at all");
  CHECK(refused(info(folder, "text.png"), 1, {"text.png"}) == "");
  CHECK(refused(info(folder, "none.png"), 1, {"none.png: cannot be read"}) == "");
}
