#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sdxl/adapters/add_adapters.h"
#include "tensor/image/image.h"

namespace cli {

/// --lora FILE[:SCALE]: see docs/adapters.md.
struct LoraOptions {
  std::vector<std::string> files;  // as they were typed

  void add_to(CLI::App& command);
  /// The files and their scales.
  std::vector<sdxl::AdapterChoice> choices() const;
  /// The texts of an image's PNG, one for each file, without its folder.
  tensor::TextChunks texts() const;
};

}  // namespace cli
