#pragma once

#include <CLI/CLI.hpp>

#include "sdxl/guidance/run_changes.h"
#include "tensor/image/image.h"

namespace cli {

/// --pag-scale, --apg-eta, --freeu-b1, --deep-cache and their kin: see docs/guidance.md.
struct GuidanceOptions {
  sdxl::RunChanges changes;

  void add_to(CLI::App& command);
  /// Errors: CLI::ValidationError for options that need another one, or exclude each other.
  void check(const CLI::App& command) const;
  /// The texts of an image's PNG, under the names of diffusers.
  tensor::TextChunks texts() const;
};

}  // namespace cli
