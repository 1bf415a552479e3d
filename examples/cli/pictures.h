#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "tensor/io/image.h"

namespace cli {

/// Where n pictures go: `output` itself, or with several sdxl.0.png, sdxl.1.png ...
std::vector<std::filesystem::path> picture_paths(const std::filesystem::path& output, int64_t n);

/// Errors: CLI::ValidationError for a name that promises another format than PNG.
void expect_png_name(const std::filesystem::path& output);

/// Writes (N, 3, H, W) in [-1, 1] to the N paths above, with the texts in each.
void write_pictures(const std::filesystem::path& output, const tensor::Tensor& images,
                    const tensor::io::TextChunks& texts);

}  // namespace cli
