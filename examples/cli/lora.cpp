#include <iostream>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/lora_options.h"
#include "examples/cli/options.h"
#include "sdxl/adapters/merge_adapters.h"
#include "tensor/error.h"

namespace cli {

namespace {

struct LoraCommand {
  std::string action;
  std::string model, variant;
  LoraOptions lora;
  std::string output;
};

void merge(const LoraCommand& o) {
  const std::string model = o.model.empty() ? shipped_model().string() : o.model;
  const auto merged = sdxl::merge_adapters(model, o.variant, o.lora.choices(), o.output);
  for (const auto& [component, layers, file] : merged) {
    std::cout << component << ": " << layers << (layers == 1 ? " layer" : " layers") << " merged, "
              << (std::filesystem::path(o.output) / file).string() << "\n";
  }
  if (merged.empty()) std::cout << "no layer changed: every scale is 0\n";
}

}  // namespace

void add_lora(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("lora", "Merge adapters into the weights of a model: a new folder");
  auto options = std::make_shared<LoraCommand>();
  command->add_option("ACTION", options->action, "merge: W + s B A in the dtype of each weight")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"merge"}));
  command->add_option("--model", options->model, "A diffusers folder (the tiny model)")
      ->type_name("PATH");
  command->add_option("--variant", options->variant, "Which weights, such as fp16")
      ->type_name("NAME");
  options->lora.add_to(*command);
  command->get_option("--lora")->required();
  command->add_option("--output", options->output, "The new folder")->type_name("DIR")->required();
  command->footer(
      "The new folder is a model like the old one: it runs as fast as that, and cannot be "
      "unmerged.\n"
      "generate --lora needs no merging.\n"
      "Example: sdxl lora merge --model stable-diffusion-xl-base-1.0 \\\n"
      "           --lora style.safetensors:0.8 --output style-xl");
  command->callback([options] { merge(*options); });
}

}  // namespace cli
