#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sdxl/data/aspect_buckets.h"
#include "tensor/io/image.h"

namespace cli {

/// Where n pictures go: `output` itself, or with several sdxl.0.png, sdxl.1.png ...
std::vector<std::filesystem::path> picture_paths(const std::filesystem::path& output, int64_t n);

/// Reads a picture and scales it (by Lanczos, as diffusers does) to `size`, where 0 is for its own;
/// sides that aren't multiples of `unit` are scaled down to them, and a note says so.
/// Errors: std::runtime_error for a file that is no picture or a side below `unit`.
tensor::io::Image read_fitting_image(const std::filesystem::path& path, sdxl::PixelSize size,
                                     int64_t unit);

/// Errors: CLI::ValidationError for a name that promises another format than PNG.
void expect_png_name(const std::filesystem::path& output);

/// Writes (N, 3, H, W) in [-1, 1] to the N paths above, with the texts in each.
void write_pictures(const std::filesystem::path& output, const tensor::Tensor& images,
                    const tensor::io::TextChunks& texts);

}  // namespace cli
