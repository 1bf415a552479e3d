#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "examples/cli/attention_options.h"
#include "examples/cli/attention_selection.h"
#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/progress.h"
#include "sdxl/inspect/attention_sheet.h"
#include "sdxl/inspect/heat_map.h"
#include "sdxl/json_text.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace cli {

namespace {

using sdxl::AttentionMaps;
using sdxl::AttentionSheet;
using sdxl::Word;
using tensor::Tensor;

/// Per cent of the attention on the words, the start token and the rest, in the mean of all rows.
std::string note_on_tokens(const AttentionSheet& sheet) {
  std::vector<double> shares(sheet.columns.size() - sheet.words + 1);
  for (const AttentionMaps::Row& row : sheet.rows) {
    for (size_t i = 0; i < sheet.columns.size(); ++i) {
      shares[i < sheet.words ? 0 : i - sheet.words + 1] += mean(map_of(row, i));
    }
  }
  const auto share = [&](size_t i) {
    return sdxl::short_number(100 * shares[i] / static_cast<double>(sheet.rows.size()));
  };
  return tensor::format(
      "{} % of the attention falls on these words, {} % on the start token, {} % on the end and "
      "padding tokens; those two have scales of their own",
      share(0), share(1), share(2));
}

AttentionSheet attention_sheet(const AttentionOptions& o, const AttentionMaps::Selection& selection,
                               const tensor::Image& image, std::vector<AttentionMaps::Row> rows) {
  AttentionSheet sheet{.title = tensor::format("{} (seed {})", o.generate.prompt, o.generate.seed),
                       .image = image,
                       .rows = std::move(rows),
                       .columns = {},
                       .words = 0,
                       .places = o.pixels(),
                       .common_scale = o.scale == "sheet"};
  for (const Word& word : selection.words) sheet.columns.push_back(word.text);
  for (const std::string& place : o.from) sheet.columns.push_back("from " + place);
  if (!selection.words.empty()) {
    sheet.words = selection.words.size() - 2;  // the last two are around the words
    sheet.title += "\n" + note_on_tokens(sheet);
  }
  return sheet;
}

void print(const AttentionSheet& sheet) {
  const bool is_of_words = sheet.places.empty();
  size_t row_width = 4, width = 16;
  for (const AttentionMaps::Row& row : sheet.rows) row_width = std::max(row_width, row.name.size());
  for (const std::string& name : sheet.columns) width = std::max(width, name.size());
  std::printf("%-*s  %-*s %9s %7s %7s\n", static_cast<int>(row_width), "row",
              static_cast<int>(width), is_of_words ? "word" : "place",
              is_of_words ? "attention" : "at most", "left", "above");
  for (const AttentionMaps::Row& row : sheet.rows) {
    for (size_t i = 0; i < sheet.columns.size(); ++i) {
      const Tensor map = map_of(row, i);
      const sdxl::Balance balance = sdxl::balance(map);
      std::printf("%-*s  %-*s %8.4g%% %6.1f%% %6.1f%%\n", static_cast<int>(row_width),
                  row.name.c_str(), static_cast<int>(width),
                  tensor::printable(sheet.columns[i]).c_str(),
                  100 * (is_of_words ? mean(map) : sdxl::range_of(map).high), 100 * balance.left,
                  100 * balance.above);
    }
  }
  std::fflush(stdout);
}

/// maps.ROW of the words or places; of words, also start.ROW and end.ROW.
void write_tensors(const std::string& path, const Tensor& image, const AttentionSheet& sheet) {
  tensor::io::NamedTensors tensors = {{"image", image}};
  const auto shown = static_cast<int64_t>(sheet.places.empty() ? sheet.words : sheet.places.size());
  nlohmann::json texts = nlohmann::json::array();
  for (int64_t i = 0; i < shown; ++i) texts.push_back(sheet.columns[i]);
  for (const AttentionMaps::Row& row : sheet.rows) {
    tensors.emplace_back("maps." + row.name, slice(row.maps, 0, 0, shown));
    if (!sheet.places.empty()) continue;
    tensors.emplace_back("start." + row.name, map_of(row, sheet.words));
    tensors.emplace_back("end." + row.name, map_of(row, sheet.words + 1));
  }
  tensor::io::write_safetensors(
      path, tensors, {{sheet.places.empty() ? "words" : "places", sdxl::json_text(texts)}});
}

void write_pages(const AttentionOptions& o, const AttentionSheet& sheet) {
  const std::vector<sdxl::ContactSheet> pages = pages_of(sheet);
  const auto paths = image_paths(o.generate.output, static_cast<int64_t>(pages.size()));
  for (size_t i = 0; i < pages.size(); ++i) {
    tensor::write_png(paths[i], draw(pages[i]));
    if (!o.generate.quiet) std::cerr << "wrote " << paths[i].string() << std::endl;
  }
}

void attention(AttentionOptions o) {
  tensor::io::check_writable(o.generate.output);
  if (!o.tensors.empty()) tensor::io::check_writable(o.tensors);
  Models models(o.generate);
  const AttentionMaps::Selection selection = attention_selection(o, *models.base);
  AttentionMaps maps(selection);
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
  if (o.step >= taken) {
    tensor::fail("--step {}: there is no such step; {} were taken, counted from 0", o.step, taken);
  }
  const AttentionSheet sheet =
      attention_sheet(o, selection, tensor::to_image(drawing.images), maps.rows());
  if (!o.tensors.empty()) write_tensors(o.tensors, drawing.images, sheet);
  write_pages(o, sheet);
  print(sheet);
}

}  // namespace

void add_attention(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "attention", "Show which positions of the image attend to each word of the prompt");
  auto options = std::make_shared<AttentionOptions>();
  options->add_to(*command);
  command->footer(
      "Has generate's options that choose the image. Prints for each word the share of "
      "attention\n"
      "that falls on it, and how much of that comes from the left half and the upper half; with\n"
      "--from, for each place the largest share of a latent and how much lies on these halves.\n"
      "Example: sdxl attention --prompt \"a red circle to the left of a blue square\" --seed 7 \\\n"
      "           --steps 25 --words circle square --by layer");
  command->callback([command, options] {
    options->check(*command);
    attention(*options);
  });
}

}  // namespace cli
