#pragma once

#include <string>
#include <vector>

#include "examples/cli/generate_options.h"
#include "sdxl/inspect/attention_maps.h"
#include "sdxl/inspect/lettering.h"

namespace cli {

/// The options of `sdxl attention`.
struct AttentionOptions {
  GenerateOptions generate;
  std::vector<std::string> words;
  std::vector<std::string> from;  // "X,Y" in pixels
  std::string by;
  std::vector<std::string> layers;
  int64_t head = -1, step = -1;
  std::string scale = "sheet";
  std::string tensors;

  void add_to(CLI::App& command);
  /// Errors: CLI::ValidationError.
  void check(const CLI::App& command);

  sdxl::AttentionMaps::Rows rows() const;
  /// The places of --from, in pixels, and in latents of an image of this size.
  /// Errors: std::runtime_error for a place outside of the image.
  std::vector<sdxl::Place> pixels() const;
  std::vector<sdxl::AttentionMaps::Position> places(const sdxl::PixelSize& image,
                                                    int64_t pixels_per_latent) const;
};

}  // namespace cli
