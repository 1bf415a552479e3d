#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sdxl/parity/component.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

namespace cli {

/// --ip-adapter and its kin: IP-Adapters, their images and strengths. See docs/adapters.md.
struct IpAdapterOptions {
  std::vector<std::string> files, images;
  std::vector<double> scales;  // one for all, or one for each adapter
  std::string encoder;         // "": the folder image_encoder beside the first adapter

  void add_to(CLI::App& command);
  /// Only --ip-adapter and --ip-scale: for a command whose inputs have the images' embeddings.
  void add_files_to(CLI::App& command);
  /// Errors: CLI::ValidationError for options that need another one, or are too few or too many.
  void check() const;

  bool any() const { return !files.empty(); }
  /// Errors: CLI::ValidationError for too few or too many scales.
  std::vector<sdxl::IpAdapterScale> files_and_scales() const;
  /// Reads the images and adds the adapters to the model.
  /// Errors: those of sdxl::add_ip_adapters; std::runtime_error for a file that is no image.
  void add(sdxl::StableDiffusionXL& model, const std::string& variant) const;
  /// The texts of an image's PNG.
  tensor::TextChunks texts() const;

 private:
  void expect_scales() const;
  double scale_of(size_t i) const;
};

}  // namespace cli
