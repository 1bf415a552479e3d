#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>
#include <span>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "examples/cli/table_1.h"
#include "examples/cli/tree_page.h"
#include "nn/observe/summary.h"
#include "sdxl/inspect/skips.h"
#include "sdxl/inspect/tree_subject.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct TreeOptions {
  ModelOptions model;
  std::string name;  // of a published component, or a path
  std::string component = "unet";
  int depth = 2;
  int64_t height = 0, width = 0;
  bool json = false;
  std::string html;
  bool table_1 = false;
};

/// A component of a model, loaded.
sdxl::TreeSubject load_subject(const sdxl::Checkpoint& checkpoint, const std::string& part) {
  checkpoint.expect_components({part});
  sdxl::TreeSubject subject = part == "unet"  ? tree_subject(checkpoint.unet_config())
                              : part == "vae" ? tree_subject(checkpoint.vae_config())
                                              : tree_subject(checkpoint.text_config(part), part);
  checkpoint.load(part, *subject.model);
  return subject;
}

/// Rows down to a depth; multiply-adds in millions, or billions for a large model.
void print_table(const std::vector<nn::ModuleSummary>& rows, int depth) {
  const nn::ModuleSummary& whole = rows.front();
  const bool is_large = whole.multiply_adds >= 10'000'000'000;
  const double unit = is_large ? 1e9 : 1e6;
  size_t path_width = 0, kind_width = 0;
  for (const nn::ModuleSummary& row : rows) {
    if (row.depth > depth) continue;
    path_width = std::max(path_width, row.path.size() + 2);
    kind_width = std::max(kind_width, row.kind.size() + 2);
  }
  const auto column = [](size_t width) { return std::setw(static_cast<int>(width)); };
  std::cout << std::left << column(path_width) << "module" << column(kind_width) << "kind"
            << column(22) << "output" << std::right << column(13) << "parameters" << column(11)
            << "MB" << column(17) << (is_large ? "G multiply-adds" : "M multiply-adds") << column(8)
            << "share\n"
            << std::fixed << std::setprecision(1);
  for (const nn::ModuleSummary& row : rows) {
    if (row.depth > depth) continue;
    const auto multiply_adds = static_cast<double>(row.multiply_adds);
    std::cout << std::left << column(path_width) << row.path << column(kind_width) << row.kind
              << column(22) << (row.output.rank() > 0 ? row.output.str() : "") << std::right
              << column(13) << row.parameters << column(11) << static_cast<double>(row.bytes) / 1e6
              << column(17) << multiply_adds / unit << column(6)
              << 100.0 * multiply_adds / static_cast<double>(whole.multiply_adds) << "%\n";
  }
}

/// The skips of a UNet, with the numbers of --mute-skip.
void print_skips(const nn::Module& unet, const std::vector<nn::ModuleSummary>& rows) {
  const std::vector<sdxl::Skip> skips = sdxl::skips_of(unet);
  size_t width = 0;
  for (const sdxl::Skip& skip : skips) width = std::max(width, skip.pushed_by.size() + 2);
  const auto column = [](size_t size) { return std::setw(static_cast<int>(size)); };
  std::cout << "\n"
            << std::left << column(6) << "skip" << column(width) << "output of" << column(22)
            << "shape"
            << "taken by\n";
  for (size_t i = 0; i < skips.size(); ++i) {
    const auto row = std::ranges::find(rows, skips[i].pushed_by, &nn::ModuleSummary::path);
    std::cout << std::left << column(6) << i << column(width) << skips[i].pushed_by << column(22)
              << row->output.str() << skips[i].popped_by << "\n";
  }
}

void print_tree(const TreeOptions& o) {
  if (!o.html.empty()) tensor::io::check_writable(o.html);
  const bool is_built_in = sdxl::built_in_subjects().contains(o.name);
  std::unique_ptr<sdxl::Checkpoint> checkpoint;
  if (!is_built_in) checkpoint = o.model.open();
  const sdxl::TreeSubject subject =
      checkpoint ? load_subject(*checkpoint, o.component) : sdxl::built_in_subjects().at(o.name)();
  sdxl::PixelSize size = subject.own_size;
  if (o.height > 0) size.height = o.height;
  if (o.width > 0) size.width = o.width;
  const bool has_image = subject.own_size.height > 0;
  const std::string subject_text =
      (has_image ? tensor::format("one image of {} x {} pixels", size.height, size.width)
                 : "one prompt") +
      (checkpoint ? "" : "; weights of half precision");
  const auto rows =
      nn::summarize(*subject.model, tensor::DType::f16, [&] { subject.forward(size); });
  const std::string name = checkpoint ? o.component : o.name;
  if (!o.html.empty()) {
    const std::string page = tree_page(rows, {name, subject_text}, *subject.model, o.depth);
    tensor::io::write_file(o.html, std::vector<std::span<const char>>{page});
  } else if (o.json) {
    std::cout << tree_json(rows);
  } else {
    std::cout << subject_text << "\n\n";
    print_table(rows, o.depth);
    if (rows.front().kind == "UNet2DConditionModel") print_skips(*subject.model, rows);
  }
}

/// The positional argument is a published component or a model's path.
void settle(const CLI::App& command, TreeOptions& o) {
  const bool is_built_in = sdxl::built_in_subjects().contains(o.name);
  const size_t models = command.count("--model") + command.count("--component");
  if (is_built_in && models > 0) {
    throw CLI::ValidationError(
        "a built-in component is complete: expected no --model and no --component");
  }
  if (!o.name.empty() && command.count("--model") > 0) {
    throw CLI::ValidationError("expected one model, got " + tensor::printable(o.name) +
                               " and --model");
  }
  if (o.table_1 && (!o.name.empty() || models > 0)) {
    throw CLI::ValidationError("--table-1 is about three models: expected none to be named");
  }
  if (!is_built_in && !o.name.empty()) o.model.path = o.name;
}

}  // namespace

void add_tree(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "tree", "Print a model's modules with shapes, parameters, bytes and multiply-adds");
  auto o = std::make_shared<TreeOptions>();
  std::string names;
  for (const auto& [name, subject] : sdxl::built_in_subjects()) names += " " + name;
  command
      ->add_option("MODEL", o->name,
                   "A model's folder or file, or one of" + names + ", without weights")
      ->type_name("");
  o->model.add_to(*command, {"unet", "text-encoder", "text-encoder-2"});
  command->add_option("--component", o->component, "Which component of --model (unet)")
      ->type_name("NAME")
      ->check(CLI::IsMember({"unet", "text_encoder", "text_encoder_2", "vae"}));
  command->add_option("--depth", o->depth, "Levels of modules to show (2)")
      ->type_name("N")
      ->check(at_least(0));
  for (const auto& [side, value] : {std::pair{"--height", &o->height}, {"--width", &o->width}}) {
    command->add_option(side, *value, "Of the image, in pixels (the model's own)")
        ->type_name("N")
        ->check(multiple_of_8());
  }
  CLI::Option* json = command->add_flag("--json", o->json, "All modules as JSON");
  command
      ->add_option(
          "--html", o->html,
          "A page: the U to scale, coloured by cost, and a tree to fold, open down to --depth")
      ->type_name("FILE")
      ->excludes(json);
  command->add_flag("--table-1", o->table_1, "Table 1 of the paper, from the models as built here");
  command->footer(
      "Nothing is computed. Multiply-adds are those of matrix products and convolutions in one run "
      "of one\nimage or prompt; the autoencoder's is to latents and back.\n"
      "Example: sdxl tree sdxl-base --height 512 --width 512 --depth 3");
  command->callback([command, o] {
    settle(*command, *o);
    o->table_1 ? print_table_1() : print_tree(*o);
  });
}

}  // namespace cli
