#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;

namespace {

Outcome tree(const ModelFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "tree");
  return support::run_program(folder.path(), arguments);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("cli: tree counts the parameters of all published components") {
  const ModelFolder folder;
  const std::pair<std::string, int64_t> parts[] = {
      {"sdxl-base", 2'567'463'684}, {"sdxl-refiner", 2'259'526'660}, {"sd15", 859'520'964},
      {"sd21", 865'910'724},        {"clip-l", 123'060'480},         {"openclip-bigg", 694'659'840},
      {"vae", 83'653'863}};
  for (const auto& [name, parameters] : parts) {
    const Outcome outcome = tree(folder, {name, "--json"});
    CHECK(outcome.status == 0);
    const auto model = nlohmann::json::parse(outcome.out).at(0);
    CHECK(model.at("parameters") == parameters);
    CHECK(model.at("bytes") == 2 * parameters);
  }
}

TEST_CASE("cli: tree counts the multiply-adds of the base model at both sizes") {
  const ModelFolder folder;
  CHECK(has(tree(folder, {"sdxl-base"}).out, " 3380.6 100.0%"));
  CHECK(has(tree(folder, {"sdxl-base", "--height", "512", "--width", "512"}).out, " 794.4 100.0%"));
}

TEST_CASE("cli: tree of a model's folder as a table and as a page without outside resources") {
  const ModelFolder folder;
  const Outcome named = tree(folder, {"model", "--depth", "1"});
  CHECK(named.status == 0);
  CHECK(has(named.out, "\nunet.mid_block "));
  CHECK(named.out == tree(folder, {"--model", "model", "--depth", "1"}).out);
  CHECK(tree(folder, {"model", "--component", "vae", "--html", "tree.html"}).status == 0);
  const std::string page = support::read_bytes(folder.path() / "tree.html");
  CHECK(has(page, "<summary class=row><b>vae</b> <span class=kind>AutoencoderKL</span>"));
  CHECK(!has(page, "http"));
  CHECK(!has(page, "src="));
  const auto count = [&](const std::string& text) {
    size_t n = 0;
    for (size_t i = page.find(text); i != std::string::npos; i = page.find(text, i + 1)) ++n;
    return n;
  };
  CHECK(count("<details") > 20);
  CHECK(count("<details") == count("</details>"));
}

TEST_CASE("cli: tree draws the U of a UNet on its page, with a row for each block") {
  const ModelFolder folder;
  CHECK(tree(folder, {"sdxl-base", "--html", "tree.html"}).status == 0);
  const std::string page = support::read_bytes(folder.path() / "tree.html");
  CHECK(has(page, "function drawU("));
  CHECK(!has(page, "\nimport "));
  CHECK(!has(page, "\nexport "));
  CHECK(!has(page, "src="));
  CHECK(has(page, "\"from\":\"unet.conv_in\",\"to\":\"unet.up_blocks.2.resnets.2\""));
  CHECK(has(page, "data-path=\"unet.mid_block.attentions.0\""));
}

TEST_CASE("cli: tree prints table 1 of the paper beside the models") {
  const ModelFolder folder;
  const std::string table = tree(folder, {"--table-1"}).out;
  CHECK(has(table, "2567463684"));
  CHECK(has(table, "Transformer blocks   [0, 2, 10]                       [1, 1, 1, 1] "));
  CHECK(has(table, "  paper              [0, 2, 10]                       [1, 1, 1, 1] "));
}

TEST_CASE("cli: tree refuses unknown models and wrong combinations of options") {
  const ModelFolder folder;
  CHECK(refused(tree(folder, {"sdxl-basis"}), 1, {"sdxl-basis"}) == "");
  CHECK(refused(tree(folder, {"vae", "--model", "model"}), 2, {"expected no --model"}) == "");
  CHECK(refused(tree(folder, {"model", "--model", "model"}), 2, {"expected one model"}) == "");
  CHECK(refused(tree(folder, {"vae", "--table-1"}), 2, {"three models"}) == "");
  CHECK(refused(tree(folder, {"vae", "--height", "100"}), 2, {"100"}) == "");
}
