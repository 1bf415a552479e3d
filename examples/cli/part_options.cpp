#include "examples/cli/part_options.h"

#include <algorithm>

namespace cli {

namespace {

/// An option, its place in the paths, and what it takes.
struct Part {
  std::string name;
  std::filesystem::path sdxl::PartPaths::*path;
  std::string meaning;
};

const std::vector<Part> parts = {
    {"unet", &sdxl::PartPaths::unet,
     "Another UNet: a folder, or a file by diffusers' or Stability's names (the model's own)"},
    {"vae", &sdxl::PartPaths::vae,
     "Another autoencoder, full or tiny: a folder or a file (the model's own)"},
    {"text-encoder", &sdxl::PartPaths::text_encoder,
     "Another first text encoder: a folder or a file (the model's own)"},
    {"text-encoder-2", &sdxl::PartPaths::text_encoder_2,
     "Another second text encoder: a folder or a file (the model's own)"},
    {"tokenizer", &sdxl::PartPaths::tokenizer,
     "Another tokenizer for the first text encoder: its folder (the model's own)"},
    {"tokenizer-2", &sdxl::PartPaths::tokenizer_2,
     "The same for the second text encoder (the model's own)"},
    {"scheduler-config", &sdxl::PartPaths::scheduler_config,
     "Another scheduler_config.json, or a folder with one (the model's own)"}};

}  // namespace

void PartOptions::add_to(CLI::App& command, const std::vector<std::string>& names) {
  for (const auto& [name, path, meaning] : parts) {
    if (std::ranges::count(names, name) == 0) continue;
    command.add_option("--" + name, paths.*path, meaning)
        ->type_name("PATH")
        ->group("Parts from elsewhere");
  }
}

std::vector<std::pair<std::string, std::string>> PartOptions::given() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, path, meaning] : parts) {
    if ((paths.*path).empty()) continue;
    std::string component = name;
    std::ranges::replace(component, '-', '_');
    result.emplace_back(component, (paths.*path).string());
  }
  return result;
}

const std::vector<std::string>& all_parts() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Part& part : parts) all.push_back(part.name);
    return all;
  }();
  return names;
}

}  // namespace cli
