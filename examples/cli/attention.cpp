#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/progress.h"
#include "nn/observe/path_pattern.h"
#include "sdxl/inspect/attention_maps.h"
#include "sdxl/inspect/contact_sheet.h"
#include "sdxl/inspect/heat_map.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace cli {

namespace {

using sdxl::AttentionMaps;
using sdxl::Word;
using tensor::Tensor;

const std::map<std::string, AttentionMaps::Rows> row_kinds = {
    {"layer", AttentionMaps::Rows::layers},
    {"head", AttentionMaps::Rows::heads},
    {"step", AttentionMaps::Rows::steps}};

struct Options {
  GenerateOptions generate;
  std::vector<std::string> words;
  std::string by;
  std::vector<std::string> layers;
  int64_t head = -1, step = -1;
  std::string tensors;
};

void check(const Options& o) {
  const auto expect = [](bool holds, const char* message) {
    if (!holds) throw CLI::ValidationError(message);
  };
  const GenerateOptions& p = o.generate;
  expect(p.images == 1, "attention maps are of one image; expected no --images and one seed");
  expect(p.refiner.empty() && p.hires_scale == 1.0,
         "attention maps are of one model's steps; expected no --refiner and no --hires-scale");
  expect(p.prompt_2.empty(),
         "attention shows a word for each place; expected no --prompt-2, which puts two there");
  expect(o.step < p.steps, "--step: expected a step below --steps, counted from 0");
}

/// The words to show: all, or those of --words.
std::vector<Word> chosen_words(const Options& o, const sdxl::StableDiffusionXL& model) {
  const sdxl::ClipTokenizer& tokenizer = model.tokenizer ? *model.tokenizer : *model.tokenizer_2;
  const std::vector<Word> all = sdxl::words_of(tokenizer.encode(o.generate.prompt));
  std::string known;
  for (const Word& word : all) known += (known.empty() ? "" : ", ") + word.text;
  if (all.empty()) tensor::fail("--prompt: expected at least one word, got none");
  if (o.words.empty()) return all;

  std::vector<Word> chosen;
  for (const std::string& text : o.words) {
    const size_t before = chosen.size();
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const Word& word) { return word.text == text; });
    if (chosen.size() > before) continue;
    tensor::fail("--words: {} is no word of the prompt; expected some of {}",
                 tensor::printable(text, 60), tensor::printable(known));
  }
  return chosen;
}

/// The paths of cross-attention that match the patterns.
nn::Recorder::Filter chosen_layers(const Options& o, const sdxl::StableDiffusionXL& model) {
  std::vector<std::string> paths = nn::all_paths(model.unet);
  std::erase_if(paths, [](const std::string& path) { return !path.ends_with(".attn2"); });
  nn::expect_matches("--layers", o.layers, paths);
  const nn::Recorder::Filter is_like = nn::paths_like(o.layers);
  return [is_like](const std::string& path) { return path.ends_with(".attn2") && is_like(path); };
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// A word's map of a row: (h, w).
Tensor map_of(const AttentionMaps::Row& row, size_t word) {
  const auto i = static_cast<int64_t>(word);
  return slice(row.maps, 0, i, i + 1).reshape({row.maps.dim(1), row.maps.dim(2)});
}

void print(const std::vector<AttentionMaps::Row>& rows, const std::vector<Word>& words) {
  size_t width = 4;
  for (const AttentionMaps::Row& row : rows) width = std::max(width, row.name.size());
  std::printf("%-*s  %-16s %9s %7s %7s\n", static_cast<int>(width), "row", "word", "attention",
              "left", "above");
  for (const AttentionMaps::Row& row : rows) {
    for (size_t i = 0; i < words.size(); ++i) {
      const Tensor map = map_of(row, i);
      const sdxl::Balance balance = sdxl::balance(map);
      std::printf("%-*s  %-16s %8.2f%% %6.1f%% %6.1f%%\n", static_cast<int>(width),
                  row.name.c_str(), tensor::printable(words[i].text, 16).c_str(), 100 * mean(map),
                  100 * balance.left, 100 * balance.above);
    }
  }
  std::fflush(stdout);
}

sdxl::ContactSheet contact_sheet(const Options& o, const tensor::Image& image,
                                 const std::vector<AttentionMaps::Row>& rows,
                                 const std::vector<Word>& words) {
  sdxl::ContactSheet sheet;
  sheet.title = tensor::format("{} (seed {})", o.generate.prompt, o.generate.seed);
  sheet.columns = {"image"};
  for (const Word& word : words) sheet.columns.push_back(word.text);
  for (const AttentionMaps::Row& row : rows) {
    sheet.rows.push_back(rows.size() == 1 ? "" : row.name);
    sheet.cells.push_back(image);
    sheet.captions.emplace_back();
    for (size_t i = 0; i < words.size(); ++i) {
      const Tensor map = map_of(row, i);
      const auto [low, high] = std::minmax_element(map.data(), map.data() + map.size());
      sheet.cells.push_back(sdxl::heat_over(image, map));
      sheet.captions.push_back(short_number(*low) + "-" + short_number(*high));
    }
  }
  return sheet;
}

void write_tensors(const std::string& path, const Tensor& image,
                   const std::vector<AttentionMaps::Row>& rows, const std::vector<Word>& words) {
  tensor::io::NamedTensors tensors = {{"image", image}};
  for (const AttentionMaps::Row& row : rows) tensors.emplace_back("maps." + row.name, row.maps);
  nlohmann::json texts = nlohmann::json::array();
  for (const Word& word : words) texts.push_back(word.text);
  tensor::io::write_safetensors(path, tensors, {{"words", texts.dump()}});
}

void attention(Options o) {
  tensor::io::check_writable(o.generate.output);
  if (!o.tensors.empty()) tensor::io::check_writable(o.tensors);
  Models models(o.generate);
  const std::vector<Word> words = chosen_words(o, *models.base);
  AttentionMaps maps({.words = words,
                      .rows = o.by.empty() ? AttentionMaps::Rows::one : row_kinds.at(o.by),
                      .layers = chosen_layers(o, *models.base),
                      .head = o.head,
                      .step = o.step});
  settle_seed(o.generate);

  int taken = 0;
  auto progress = std::make_unique<Progress>("step", o.generate.quiet);
  const Drawing drawing =
      draw_all(o.generate, models, [&](const std::string&, const sdxl::StableDiffusionXL&) {
        return sdxl::StepHooks{.before = [&](int i, int n) { progress->show(i, n); },
                               .after =
                                   [&](int i, int n, const Tensor& latents) {
                                     maps.end_step(i, latents);
                                     taken = n;
                                     progress->show(i + 1, n);
                                   }};
      });
  progress.reset();
  const std::vector<AttentionMaps::Row> rows = maps.rows();
  if (o.step >= taken) {
    tensor::fail("--step {}: there is no such step; {} were taken, counted from 0", o.step, taken);
  }
  if (rows.empty()) {
    tensor::fail("--head {}: no chosen layer has such a head; they are counted from 0", o.head);
  }

  print(rows, words);
  const tensor::Image image = at_most(tensor::to_image(drawing.images), 256);
  if (!o.tensors.empty()) write_tensors(o.tensors, drawing.images, rows, words);
  tensor::write_png(o.generate.output, draw(contact_sheet(o, image, rows, words)));
  if (!o.generate.quiet) std::cerr << "wrote " << o.generate.output << std::endl;
}

}  // namespace

void add_attention(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "attention", "Show which positions of the image attend to each word of the prompt");
  auto options = std::make_shared<Options>();
  options->generate.output = "attention.png";
  options->generate.add_drawing_to(*command);
  const char* group = "Attention";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command->add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--words", options->words, "The words to show (all)", "WORD");
  add("--by", options->by, "A row for each layer, head or step (one row, the mean of all)", "KIND")
      ->check(CLI::IsMember({"layer", "head", "step"}));
  add("--layers", options->layers,
      "Layers whose path matches one of these; * stands for any characters (all)", "GLOB");
  add("--head", options->head, "One head, counted from 0 (all)", "K")->check(at_least(0));
  add("--step", options->step, "One step, counted from 0 (all)", "K")->check(at_least(0));
  add("--tensors", options->tensors, "Where the maps go, maps.ROW (words, h, w), and the image",
      "FILE");
  add("--output", options->generate.output, "The sheet (attention.png)", "FILE");
  command->footer(
      "Has generate's options that choose the image. Prints for each word the share of "
      "attention\n"
      "that falls on it, and how much of that comes from the left half and the upper half.\n"
      "Example: sdxl attention --prompt \"a red circle to the left of a blue square\" --seed 7 \\\n"
      "           --steps 25 --words circle square --by layer");
  command->callback([command, options] {
    options->generate.check(*command);
    check(*options);
    attention(*options);
  });
}

}  // namespace cli
