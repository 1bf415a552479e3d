#include <iostream>
#include <memory>
#include <vector>

#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/progress.h"
#include "sdxl/inspect/contact_sheet.h"
#include "sdxl/inspect/latent_colours.h"
#include "sdxl/pipeline/latents.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"

namespace cli {

namespace {

using tensor::Tensor;

struct StripOptions {
  GenerateOptions generate;
  int64_t show = 8;
  bool decode = false;
  std::string tensors;
};

/// The predicted x_0 of one step, and the latents after it.
struct Step {
  Tensor predicted, latents;
};

/// At most `most` of the n numbers from 0 on, evenly spaced, the last one among them.
std::vector<size_t> evenly_spaced(size_t n, size_t most) {
  const size_t count = std::min(n, most);
  std::vector<size_t> chosen;
  for (size_t i = 0; i < count; ++i) {
    chosen.push_back(count > 1 ? i * (n - 1) / (count - 1) : n - 1);
  }
  return chosen;
}

/// Latents as images: by the linear map, or decoded.
class Painter {
 public:
  Painter(const sdxl::StableDiffusionXL& model, bool decode)
      : model_(model), decode_(decode), colours_(*model.vae) {}

  tensor::Image quick(const Tensor& x) const { return side_by_side(colours_.images(x)); }
  tensor::Image best(const Tensor& x) const {
    if (!decode_) return quick(x);
    return side_by_side(sdxl::decode_latents(*model_.vae, x, model_.vae_tiling));
  }

 private:
  const sdxl::StableDiffusionXL& model_;
  bool decode_;
  sdxl::LatentColours colours_;
};

sdxl::ContactSheet contact_sheet(const StripOptions& o, const std::vector<Step>& steps,
                                 const Painter& painter) {
  sdxl::ContactSheet sheet;
  sheet.title = tensor::format("{} (seed {})", o.generate.prompt, o.generate.seed);
  sheet.rows = {"latents", "predicted"};
  const std::vector<size_t> chosen = evenly_spaced(steps.size(), static_cast<size_t>(o.show));
  for (const size_t i : chosen) {
    sheet.columns.push_back(tensor::format("step {} of {}", i + 1, steps.size()));
    sheet.cells.push_back(painter.quick(steps[i].latents));
  }
  for (const size_t i : chosen) sheet.cells.push_back(painter.best(steps[i].predicted));
  return sheet;
}

void write_tensors(const std::string& path, const std::vector<Step>& steps) {
  tensor::io::NamedTensors tensors;
  for (size_t i = 0; i < steps.size(); ++i) {
    tensors.emplace_back(tensor::format("predicted.{}", i), steps[i].predicted);
    tensors.emplace_back(tensor::format("latents.{}", i), steps[i].latents);
  }
  tensor::io::write_safetensors(path, tensors);
}

void strip(StripOptions o) {
  tensor::io::check_writable(o.generate.output);
  if (!o.tensors.empty()) tensor::io::check_writable(o.tensors);
  Models models(o.generate);
  settle_seed(o.generate);

  std::vector<Step> steps;
  std::unique_ptr<Progress> progress;
  std::unique_ptr<Painter> painter;
  draw_all(o.generate, models, [&](const std::string& task, const sdxl::StableDiffusionXL& model) {
    progress = std::make_unique<Progress>(task, o.generate.quiet);
    painter = std::make_unique<Painter>(model, o.decode);
    return sdxl::StepHooks{.before = [&](int i, int n) { progress->show(i, n); },
                           .predicted =
                               [&](int, int, const Tensor& x0) {
                                 steps.push_back({x0, {}});
                               },
                           .after =
                               [&](int i, int n, const Tensor& latents) {
                                 steps.back().latents = latents;
                                 progress->show(i + 1, n);
                               }};
  });
  progress.reset();

  if (!o.tensors.empty()) write_tensors(o.tensors, steps);
  tensor::write_png(o.generate.output, draw(contact_sheet(o, steps, *painter)));
  if (!o.generate.quiet) std::cerr << "wrote " << o.generate.output << std::endl;
}

}  // namespace

void add_strip(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "strip", "Show the latents of each step, and the finished image that it predicts");
  auto options = std::make_shared<StripOptions>();
  options->generate.output = "strip.png";
  options->generate.add_drawing_to(*command);
  const char* group = "Strip";
  command->add_option("--show", options->show, "Steps to show, evenly spaced (8)")
      ->type_name("N")
      ->check(at_least(1))
      ->group(group);
  command
      ->add_flag("--decode", options->decode,
                 "Decode the predicted images, in place of a linear map to colours")
      ->group(group);
  command
      ->add_option("--tensors", options->tensors, "Where predicted.K and latents.K of all steps go")
      ->type_name("FILE")
      ->group(group);
  command->add_option("--output", options->generate.output, "The strip (strip.png)")
      ->type_name("FILE")
      ->group(group);
  command->footer(
      "Has generate's options that choose the image.\n"
      "Example: sdxl strip --prompt \"a large yellow star on a blue background\" --seed 7 \\\n"
      "           --steps 25 --guidance-scale 4 --decode --output strip.png");
  command->callback([command, options] {
    options->generate.check(*command);
    strip(*options);
  });
}

}  // namespace cli
