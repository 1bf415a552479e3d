#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sdxl/checkpoint/checkpoint.h"

namespace cli {

/// Options for parts of a model from elsewhere: --unet, --vae, --text-encoder, --text-encoder-2,
/// --tokenizer, --tokenizer-2, --scheduler-config.
struct PartOptions {
  sdxl::PartPaths paths;

  /// Adds the options of these parts, by their names: "unet", "scheduler-config" ...
  void add_to(CLI::App& command, const std::vector<std::string>& names);
  /// The parts that are given, by diffusers' names: ("text_encoder_2", path).
  std::vector<std::pair<std::string, std::string>> given() const;
};

/// The names of all parts' options.
const std::vector<std::string>& all_parts();

}  // namespace cli
