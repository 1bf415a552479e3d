#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;

namespace {

Outcome attention(const ModelFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"attention", "--model", "model",   "--prompt", "a red star",
                                        "--height",  "64",      "--width", "64",       "--seed",
                                        "7",         "--steps", "2",       "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

}  // namespace

TEST_CASE("cli: attention draws a map for each word and prints the shares of its halves") {
  const ModelFolder folder;
  const Outcome outcome = attention(folder, {"--tensors", "maps"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.starts_with("row   word             attention    left   above\nall   a "));
  const tensor::io::SafetensorsFile file(folder.path() / "maps");
  CHECK(file.names() == std::vector<std::string>{"image", "maps.all", "start.all", "end.all"});
  const tensor::Tensor words = file.tensor("maps.all");
  for (int64_t i = 0; i < 64; ++i) {
    const double sum = file.tensor("start.all").data()[i] + file.tensor("end.all").data()[i] +
                       words.data()[i] + words.data()[64 + i] + words.data()[128 + i];
    CHECK(sum == doctest::Approx(1.0).epsilon(1e-5));
  }
  CHECK(file.metadata().at("words") == "[\"a\",\"red\",\"star\"]");
  CHECK(file.shape("maps.all") == tensor::Shape{3, 8, 8});
  CHECK(tensor::read_image(folder.path() / "attention.png").width == 12 + 6 * (192 + 12));

  CHECK(attention(folder, {"--by", "step", "--words", "star", "--tensors", "steps"}).status == 0);
  const tensor::io::SafetensorsFile steps(folder.path() / "steps");
  CHECK(steps.names() == std::vector<std::string>{"image", "maps.step 0", "start.step 0",
                                                  "end.step 0", "maps.step 1", "start.step 1",
                                                  "end.step 1"});
  CHECK(attention(folder, {"--step", "1", "--words", "star", "--tensors", "one"}).status == 0);
  const tensor::Tensor one = tensor::io::SafetensorsFile(folder.path() / "one").tensor("maps.all");
  const tensor::Tensor second = steps.tensor("maps.step 1");
  CHECK(std::equal(one.data(), one.data() + one.size(), second.data()));
}

TEST_CASE("cli: attention from a place looks at all others") {
  const ModelFolder folder;
  const Outcome outcome =
      attention(folder, {"--from", "9,62", "40,0", "--by", "head", "--tensors", "maps"});
  CHECK(outcome.err.empty());
  REQUIRE(outcome.status == 0);
  CHECK(
      outcome.out.starts_with("row     place              at most    left   above\nhead 0  from"));
  const tensor::io::SafetensorsFile file(folder.path() / "maps");
  CHECK(file.metadata().at("places") == "[\"from 9,62\",\"from 40,0\"]");
  CHECK(file.shape("maps.head 0") == tensor::Shape{2, 8, 8});
  CHECK(128 * mean(file.tensor("maps.head 1")) == doctest::Approx(2.0));
}

TEST_CASE("cli: a prompt of 75 tokens takes several pages") {
  const ModelFolder folder;
  std::string prompt;
  for (int i = 0; i < 75; ++i) prompt += "star ";
  const Outcome outcome = support::run_program(
      folder.path(), {"attention", "--model", "model", "--prompt", prompt, "--height", "64",
                      "--width", "64", "--seed", "7", "--steps", "1", "--quiet"});
  CHECK(outcome.status == 0);
  CHECK(support::names_in(folder.path()) ==
        std::vector<std::string>{"attention.0.png", "attention.1.png", "attention.2.png", "model"});
}

TEST_CASE("cli: on the model that ships each noun's map lies on its thing's half") {
  const support::ScratchFolder folder;
  const Outcome outcome = support::run_program(
      folder.path(),
      {"attention", "--prompt", "a red circle to the left of a blue square", "--seed", "7",
       "--steps", "25", "--guidance-scale", "4", "--quiet", "--words", "red", "circle", "blue",
       "square", "--layers", "unet.up_blocks.1.attentions.2*"});
  REQUIRE(outcome.status == 0);
  std::istringstream table(outcome.out);
  std::string line, row, word, attention;
  std::getline(table, line);
  std::map<std::string, double> left;  // per cent
  double share = 0.0;
  while (table >> row >> word >> attention >> share) {
    if (!word.starts_with("(")) left[word] = share;  // not the start and the end
    std::getline(table, line);
  }
  CHECK(left.size() == 4);
  CHECK(left["red"] > 75);
  CHECK(left["circle"] > 70);
  CHECK(left["blue"] < 15);
  CHECK(left["square"] < 45);
}

TEST_CASE("cli: attention refuses unknown words and layers and heads and steps") {
  const ModelFolder folder;
  CHECK(refused(attention(folder, {"--words", "moon"}), 1,
                {"moon is no word of the prompt", "a, red, star"}) == "");
  CHECK(refused(attention(folder, {"--layers", "unet.mid_block.attn"}), 1,
                {"unet.mid_block.attn;", "nearest: ", ".attn2"}) == "");
  CHECK(refused(attention(folder, {"--layers", "unet.conv_in"}), 1,
                {"unet.conv_in has no cross-attention of its own", ".attn2"}) == "");
  CHECK(refused(attention(folder, {"--from", "1,1", "--layers", "*.attn2"}), 1,
                {"*.attn2 has no self-attention of its own", ".attn1"}) == "");
  CHECK(refused(attention(folder, {"--head", "99"}), 1, {"--head 99", "expected 0 to "}) == "");
  CHECK(refused(attention(folder, {"--from", "64,0"}), 1,
                {"--from 64,0: outside of the image", "X from 0 to 63 and Y from 0 to 63"}) == "");
  CHECK(refused(attention(folder, {"--from", "3,-1"}), 1, {"--from 3,-1: outside"}) == "");
  CHECK(refused(attention(folder, {"--from", "3;4"}), 2, {"--from", "X,Y", "3;4"}) == "");
  CHECK(refused(attention(folder, {"--from", "3,4", "--words", "star"}), 2, {"--words"}) == "");
  CHECK(refused(attention(folder, {"--colours", "log"}), 2, {"sheet"}) == "");
  CHECK(refused(attention(folder, {"--step", "2"}), 2, {"--step"}) == "");
  CHECK(attention(folder, {}).status == 0);  // for an image to start from
  CHECK(refused(attention(folder, {"--image", "attention.png", "--strength", "0.5", "--step", "1"}),
                1, {"--step 1: there is no such step; 1 were taken"}) == "");
  CHECK(refused(attention(folder, {"--by", "word"}), 2, {"layer"}) == "");
  CHECK(refused(attention(folder, {"--images", "2"}), 2, {"--images"}) == "");
  CHECK(refused(attention(folder, {"--prompt-2", "x"}), 2, {"--prompt-2"}) == "");
  CHECK(refused(attention(folder, {"--hires-scale", "1.5"}), 2, {"--hires-scale"}) == "");
  const Outcome wordless = support::run_program(
      folder.path(), {"attention", "--model", "model", "--prompt", " ", "--quiet"});
  CHECK(refused(wordless, 1, {"at least one word"}) == "");
}
