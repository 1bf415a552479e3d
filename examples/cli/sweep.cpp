#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/progress.h"
#include "examples/cli/remake.h"
#include "sdxl/inspect/contact_sheet.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct SweepOptions {
  GenerateOptions generate;
  std::vector<std::string> vary;
};

/// One option and the values that it takes in turn.
struct Axis {
  std::string option;  // "--steps"
  std::vector<std::string> values;

  /// The label at the sheet's edge: the option and the value; of a prompt the value only.
  std::string label(const std::string& value) const {
    return option == "--prompt" ? value : option.substr(2) + " " + value;
  }
};

/// The texts between the commas; "\\," is a comma within a value.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> values(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escaped = text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',';
    if (is_escaped) ++i;
    if (text[i] == ',' && !is_escaped) {
      values.emplace_back();
    } else {
      values.back() += text[i];
    }
  }
  return values;
}

/// "steps=10,25" or "--steps=10,25".
Axis read_axis(const CLI::App& command, const std::string& text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string name = text.substr(0, equals);
  const std::string option = name.starts_with("--") ? name : "--" + name;
  const bool is_drawn = option == "--seed" || chooses_the_image(option);
  if (!is_drawn || option == "--vary" || option == "--images" ||
      command.get_option_no_throw(option) == nullptr) {
    throw CLI::ValidationError(tensor::format(
        "--vary: {} can't be swept; expected an option of generate that changes one image, as in "
        "steps=10,25,50",
        tensor::printable(name.empty() ? text : name, 60)));
  }
  if (equals == text.size()) {
    throw CLI::ValidationError(tensor::format("--vary: expected values for {}, as in {}=a,b,c",
                                              option.substr(2), option.substr(2)));
  }
  return {option, split_values(text.substr(equals + 1))};
}

void add_choice(std::vector<std::string>& arguments, const CLI::App& command, const Axis& axis,
                const std::string& value) {
  const bool is_flag = command.get_option(axis.option)->get_expected_max() == 0;
  if (is_flag) {
    arguments.push_back(axis.option + "=" + value);
  } else {
    arguments.insert(arguments.end(), {axis.option, value});
  }
}

/// The options that generate reads from these arguments. Errors: as generate's.
GenerateOptions read_arguments(std::vector<std::string> arguments) {
  CLI::App app;
  GenerateOptions options;
  options.add_drawing_to(app);
  std::reverse(arguments.begin(), arguments.end());  // the parser takes them from the end
  app.parse(arguments);
  options.check(app);
  if (options.images != 1) {
    throw CLI::ValidationError(
        "a cell of the sheet has one image; expected no --images, and one "
        "seed for each (--vary seed=7,8,9)");
  }
  options.quiet = true;
  return options;
}

/// Columns, and rows if there are any.
struct Table {
  Axis columns;
  std::optional<Axis> rows;

  bool varies(const std::string& option) const {
    return columns.option == option || (rows && rows->option == option);
  }

  std::vector<std::string> row_values() const {
    return rows ? rows->values : std::vector<std::string>{""};
  }
};

Table read_table(const CLI::App& command, const std::vector<std::string>& vary) {
  if (vary.size() > 2) {
    throw CLI::ValidationError(tensor::format(
        "--vary: a sheet has columns and rows; expected one or two options, got {}", vary.size()));
  }
  Table table{read_axis(command, vary[0]), {}};
  if (vary.size() == 2) table.rows = read_axis(command, vary[1]);
  if (table.rows && table.rows->option == table.columns.option) {
    throw CLI::ValidationError(
        tensor::format("--vary: {} is both columns and rows; expected two options",
                       table.columns.option.substr(2)));
  }
  return table;
}

/// The options of each cell, row by row: the command line with the cell's own values.
std::vector<GenerateOptions> read_cells(const CLI::App& command, const Table& table,
                                        const std::string& seed) {
  std::set<std::string> own = {"--vary", table.columns.option};
  if (table.rows) own.insert(table.rows->option);
  std::vector<std::string> common = arguments_that_draw(command, own);
  if (!table.varies("--seed")) common.insert(common.end(), {"--seed", seed});

  std::vector<GenerateOptions> cells;
  for (const std::string& row : table.row_values()) {
    for (const std::string& column : table.columns.values) {
      std::vector<std::string> arguments = common;
      add_choice(arguments, command, table.columns, column);
      if (table.rows) add_choice(arguments, command, *table.rows, row);
      cells.push_back(read_arguments(arguments));
    }
  }
  return cells;
}

/// The options that all images share.
std::string title(const Table& table, const GenerateOptions& first) {
  const std::string prompt = table.varies("--prompt") ? "" : first.prompt;
  return table.varies("--seed") ? prompt : tensor::format("{} (seed {})", prompt, first.seed);
}

void sweep(const CLI::App& command, SweepOptions o) {
  const Table table = read_table(command, o.vary);
  tensor::io::check_writable(o.generate.output);
  if (o.generate.seed.empty()) o.generate.seed = random_seed();
  const std::vector<GenerateOptions> cells = read_cells(command, table, o.generate.seed);
  if (!o.generate.quiet && !table.varies("--seed"))
    std::cerr << "seed " << o.generate.seed << std::endl;

  sdxl::ContactSheet sheet;
  sheet.title = title(table, cells.front());
  for (const std::string& value : table.columns.values) {
    sheet.columns.push_back(table.columns.label(value));
  }
  for (const std::string& value : table.row_values()) {
    sheet.rows.push_back(table.rows ? table.rows->label(value) : "");
  }
  const auto count = static_cast<int>(cells.size());
  auto progress = std::make_unique<Progress>("image", o.generate.quiet);
  for (const GenerateOptions& cell : cells) {
    progress->show(static_cast<int>(sheet.cells.size()), count);
    Models models(cell);
    const Drawing drawing = draw_all(
        cell, models,
        [](const std::string&, const sdxl::StableDiffusionXL&) -> sdxl::StepHooks { return {}; });
    sheet.cells.push_back(at_most(tensor::to_image(drawing.images), 512));
  }
  progress->show(count, count);
  progress.reset();
  tensor::write_png(o.generate.output, draw(sheet));
  if (!o.generate.quiet) std::cerr << "wrote " << o.generate.output << std::endl;
}

}  // namespace

void add_sweep(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "sweep", "Draw one image with each value of one or two options: a labelled sheet");
  auto options = std::make_shared<SweepOptions>();
  options->generate.output = "sweep.png";
  options->generate.add_drawing_to(*command);
  const char* group = "Sweep";
  command
      ->add_option("--vary", options->vary,
                   "An option of generate and the values it takes in turn, one for each column; a "
                   "second one for the rows. \"\\,\" is a comma within a value")
      ->type_name("OPTION=A,B,C")
      ->required()
      ->group(group);
  command->add_option("--output", options->generate.output, "The sheet (sweep.png)")
      ->type_name("FILE")
      ->group(group);
  command->footer(
      "Has generate's options that choose the image; all images start from one seed.\n"
      "Example: sdxl sweep --prompt \"a large yellow star on a blue background\" --seed 7 \\\n"
      "           --vary steps=2,5,10,25 --vary guidance-scale=1,4,8");
  command->callback([command, options] {
    expect_png_name(options->generate.output);
    sweep(*command, *options);
  });
}

}  // namespace cli
