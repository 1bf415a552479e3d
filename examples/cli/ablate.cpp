#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "examples/cli/ablation.h"
#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/progress.h"
#include "examples/cli/remake.h"
#include "nn/observe/compare.h"
#include "sdxl/inspect/contact_sheet.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

using tensor::Tensor;

const std::map<std::string, AblationKind> kinds = {{"blocks", AblationKind::blocks},
                                                   {"heads", AblationKind::heads},
                                                   {"skips", AblationKind::skips},
                                                   {"steps", AblationKind::steps}};

struct AblateOptions {
  GenerateOptions generate;
  std::string of = "blocks";
  std::vector<std::string> paths;
  int ranges = 5;
  bool json = false;
};

void check(const AblateOptions& o) {
  const auto expect = [](bool holds, const char* message) {
    if (!holds) throw CLI::ValidationError(message);
  };
  const GenerateOptions& p = o.generate;
  expect(p.images == 1, "an ablation is of one image; expected no --images and one seed");
  expect(p.refiner.empty(), "an ablation is of one model's UNet; expected no --refiner");
  expect(o.of != "heads" || !o.paths.empty(),
         "--of heads: which attentions? expected --paths GLOB, as in '*.mid_block.*.attn2'");
  expect(o.of != "skips" || o.paths.empty(), "--of skips: a skip has no path; expected no --paths");
  expect(o.of != "steps" || p.knobs.steps.empty(),
         "--of steps chooses the steps itself; expected no --knob-steps");
}

/// The run's own knobs and those of a case.
KnobOptions with(KnobOptions knobs, const std::vector<std::string>& arguments) {
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string &option = arguments[i], &value = arguments[i + 1];
    if (option == "--mute") knobs.mute.push_back(value);
    if (option == "--mute-head") knobs.mute_head.push_back(value);
    if (option == "--mute-skip") knobs.mute_skip.push_back(value);
    if (option == "--knob-steps") knobs.steps = value;
  }
  return knobs;
}

/// Two digits: "0.79", "0.00041".
std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

/// A case's run: how far it moved the latents, |muted - unmuted| / |unmuted|, and its image.
struct Result {
  double moved;
  tensor::Image image;
};

void print(const Ablation& plan, const std::vector<Result>& results) {
  double largest = 0.0;
  for (const Result& result : results) largest = std::max(largest, result.moved);
  std::printf("latents  %-20s  options\n", "");
  for (size_t i = 0; i < results.size(); ++i) {
    const double share = largest > 0.0 ? results[i].moved / largest : 0.0;
    const std::string bar(static_cast<size_t>(20.0 * share + 0.5), '#');
    std::printf("%7s  %-20s  %s\n", short_number(results[i].moved).c_str(), bar.c_str(),
                shell_line(plan.cases[i].arguments).c_str());
  }
  std::fflush(stdout);
}

void print_json(const Ablation& plan, const std::vector<Result>& results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (size_t i = 0; i < results.size(); ++i) {
    const AblationCase& one = plan.cases[i];
    list.push_back({{"row", plan.rows[one.row]},
                    {"column", plan.columns[one.column]},
                    {"arguments", one.arguments},
                    {"latents", results[i].moved}});
  }
  std::cout << list.dump(1) << "\n";
}

sdxl::ContactSheet contact_sheet(const AblateOptions& o, const Ablation& plan,
                                 const tensor::Image& unmuted, const std::vector<Result>& results) {
  sdxl::ContactSheet sheet;
  sheet.title = tensor::format(
      "{} (seed {}). Under each image without a part of the UNet: the relative change of the "
      "latents",
      o.generate.prompt, o.generate.seed);
  const size_t columns = plan.columns.size();
  sheet.columns = plan.columns;
  sheet.rows = {"nothing muted"};
  sheet.rows.insert(sheet.rows.end(), plan.rows.begin(), plan.rows.end());
  sheet.cells.resize(columns * sheet.rows.size());
  sheet.captions.resize(sheet.cells.size());
  sheet.cells[0] = unmuted;
  for (size_t i = 0; i < results.size(); ++i) {
    const AblationCase& one = plan.cases[i];
    const size_t cell = (one.row + 1) * columns + one.column;
    sheet.cells[cell] = results[i].image;
    sheet.captions[cell] = one.caption + short_number(results[i].moved);
  }
  return sheet;
}

void ablate(AblateOptions o) {
  GenerateOptions& p = o.generate;
  tensor::io::check_writable(p.output);
  Models models(p);
  const Ablation plan = ablation(kinds.at(o.of), models.base->unet, o.paths, p.steps, o.ranges);
  settle_seed(p);

  const KnobOptions own = p.knobs;
  const auto count = static_cast<int>(plan.cases.size()) + 1;
  auto progress = std::make_unique<Progress>("image", p.quiet);
  int done = 0;
  const auto draw_next = [&] {
    progress->show(done, count);
    models.set_knobs(p);
    const Drawing drawing = draw_all(
        p, models,
        [](const std::string&, const sdxl::StableDiffusionXL&) -> sdxl::StepHooks { return {}; });
    progress->show(++done, count);
    return drawing;
  };
  const Drawing unmuted = draw_next();
  std::vector<Result> results;
  for (const AblationCase& one : plan.cases) {
    p.knobs = with(own, one.arguments);
    const Drawing muted = draw_next();
    results.push_back({nn::difference("latents", muted.latents, unmuted.latents).relative,
                       at_most(tensor::to_image(muted.images), 256)});
  }
  progress.reset();

  o.json ? print_json(plan, results) : print(plan, results);
  const tensor::Image first = at_most(tensor::to_image(unmuted.images), 256);
  tensor::write_png(p.output, draw(contact_sheet(o, plan, first, results)));
  if (!p.quiet) std::cerr << "wrote " << p.output << std::endl;
}

}  // namespace

void add_ablate(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "ablate",
      "Draw one image without each block, head or skip: a sheet and how far each moves it");
  auto options = std::make_shared<AblateOptions>();
  options->generate.output = "ablate.png";
  options->generate.add_drawing_to(*command);
  const char* group = "Ablation";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command->add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--of", options->of,
      "What is muted: blocks (ResnetBlocks and Transformer2Ds), heads of the attentions of "
      "--paths, "
      "skips, or steps: the modules of --paths in one part of the schedule (blocks)",
      "KIND")
      ->check(CLI::IsMember({"blocks", "heads", "skips", "steps"}));
  add("--paths", options->paths,
      "Only the modules of the UNet whose path matches one of these (all; of steps '*.attn2', the "
      "text)",
      "GLOB");
  add("--ranges", options->ranges, "Parts of the schedule, with --of steps (5)", "N")
      ->check(at_least(1));
  command->add_flag("--json", options->json, "The numbers as JSON in place of the table")
      ->group(group);
  add("--output", options->generate.output, "The sheet (ablate.png)", "FILE");
  command->footer(
      "Has generate's options that choose the image; its knobs hold for all images of the sheet.\n"
      "Prints how far each moves the latents, |muted - unmuted| / |unmuted|, and the options with\n"
      "which generate draws the image.\n"
      "Example: sdxl ablate --prompt \"a large yellow star on a blue background\" --seed 7 \\\n"
      "           --steps 25 --guidance-scale 4 --of skips");
  command->callback([command, options] {
    options->generate.check(*command);
    check(*options);
    ablate(*options);
  });
}

}  // namespace cli
