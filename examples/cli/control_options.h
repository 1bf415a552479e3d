#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

namespace cli {

/// --control and its kin: ControlNets, their pictures, strengths and steps. See docs/adapters.md.
struct ControlOptions {
  std::vector<std::string> nets, images;
  std::vector<std::string> types;            // one for each union ControlNet
  std::vector<double> scales, starts, ends;  // one for all, or one for each
  bool guess_mode = false;

  void add_to(CLI::App& command);
  /// Errors: CLI::ValidationError for options that need another one, or are too few or too many.
  void check() const;

  bool any() const { return !nets.empty(); }
  /// Opens the ControlNets and reads their pictures. A union that is there several times is opened
  /// once, and sees all its pictures.
  /// Errors: std::runtime_error for a file that can't be read or holds something else, for pictures
  /// of different sizes, or of no multiple of 8, and for types that the ControlNets don't have.
  sdxl::Controls open(const sdxl::StableDiffusionXL& model, const std::string& variant) const;
  /// Errors: std::runtime_error for pictures of another size than the image.
  void expect_size(const sdxl::Controls& controls, const sdxl::PixelSize& size) const;
  /// The texts of an image's PNG.
  tensor::TextChunks texts() const;

 private:
  /// The root of the i-th ControlNet's paths, as diffusers names it.
  std::string name_of(size_t i) const;
};

/// The size of the pictures; none without a ControlNet.
std::optional<sdxl::PixelSize> size_of(const sdxl::Controls& controls);

}  // namespace cli
