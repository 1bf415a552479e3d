#include "examples/cli/attention_options.h"

#include <cstdio>
#include <map>
#include <optional>

#include "tensor/error.h"

namespace cli {

namespace {

using sdxl::AttentionMaps;

const std::map<std::string, AttentionMaps::Rows> row_kinds = {
    {"", AttentionMaps::Rows::one},
    {"layer", AttentionMaps::Rows::layers},
    {"head", AttentionMaps::Rows::heads},
    {"step", AttentionMaps::Rows::steps}};

/// "40,64" as numbers; none for another text.
std::optional<sdxl::Place> read_place(const std::string& text) {
  int x = 0, y = 0, length = 0;
  const int read = std::sscanf(text.c_str(), "%9d,%9d%n", &x, &y, &length);
  if (read != 2 || length != static_cast<int>(text.size())) return std::nullopt;
  return sdxl::Place{x, y};
}

std::string place_error(std::string& text) {
  if (read_place(text)) return "";
  return "expected X,Y in pixels of the image, such as 40,64, got " + tensor::printable(text, 60);
}

}  // namespace

void AttentionOptions::add_to(CLI::App& command) {
  generate.output = "attention.png";
  generate.add_drawing_to(command);
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group("Attention");
  };
  add("--words", words, "The words to show (all)", "WORD");
  add("--from", from,
      "Where these places of the image look (self-attention), in place of who looks at a word: "
      "pixels from the left and from above",
      "X,Y")
      ->check(CLI::Validator(place_error, ""));
  add("--by", by, "A row for each layer, head or step (one row, the mean of all)", "KIND")
      ->check(CLI::IsMember({"layer", "head", "step"}));
  add("--layers", layers,
      "Layers whose path matches one of these; * stands for any characters (all)", "GLOB");
  add("--head", head, "One head, counted from 0 (all)", "K")->check(at_least(0));
  add("--step", step, "One step, counted from 0 (all)", "K")->check(at_least(0));
  add("--colours", scale,
      "The range of the colours: sheet, from 0 to the largest value of all maps, or map, each "
      "map's own (sheet)",
      "KIND")
      ->check(CLI::IsMember({"sheet", "map"}));
  add("--tensors", tensors, "Where the maps go, maps.ROW (words, h, w), and the image", "FILE");
  add("--output", generate.output,
      "The sheet (attention.png; of several pages attention.0.png ...)", "FILE");
}

void AttentionOptions::check(const CLI::App& command) {
  generate.check(command);
  const auto expect = [](bool holds, const char* message) {
    if (!holds) throw CLI::ValidationError(message);
  };
  const GenerateOptions& p = generate;
  expect(p.images == 1, "attention maps are of one image; expected no --images and one seed");
  expect(p.refiner.empty() && p.hires_scale == 1.0,
         "attention maps are of one model's steps; expected no --refiner and no --hires-scale");
  expect(!p.guidance.changes.pag.is_on(),
         "attention maps are of the prompt's half, the last one of the batch; expected no "
         "--pag-scale");
  expect(p.prompt_2.empty(),
         "attention shows a word for each place; expected no --prompt-2, which puts two there");
  expect(step < p.steps, "--step: expected a step below --steps, counted from 0");
  expect(from.empty() || words.empty(),
         "--from shows self-attention, which sees no words; expected no --words");
}

AttentionMaps::Rows AttentionOptions::rows() const { return row_kinds.at(by); }

std::vector<sdxl::Place> AttentionOptions::pixels() const {
  std::vector<sdxl::Place> pixels;
  for (const std::string& text : from) pixels.push_back(*read_place(text));
  return pixels;
}

std::vector<AttentionMaps::Position> AttentionOptions::places(const sdxl::PixelSize& image,
                                                              int64_t pixels_per_latent) const {
  std::vector<AttentionMaps::Position> places;
  for (const auto& [x, y] : pixels()) {
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) {
      tensor::fail("--from {},{}: outside of the image; expected X from 0 to {} and Y from 0 to {}",
                   x, y, image.width - 1, image.height - 1);
    }
    places.push_back({y / pixels_per_latent, x / pixels_per_latent});
  }
  return places;
}

}  // namespace cli
