#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace tensor::io {

/// Bytes of a picture: RGB, row by row from the top left.
struct Image {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;  // height * width * 3
};

/// (1, 3, H, W) in [-1, 1] to bytes and back, as diffusers' VaeImageProcessor has it:
///   byte = round_half_even(clamp(x / 2 + 0.5, 0, 1) * 255),   x = byte / 255 * 2 - 1
Image to_image(const Tensor& x);
Tensor from_image(const Image& image);

/// Reads PNG, JPEG, BMP ... as RGB; grey is repeated, alpha is dropped, 16 bits become 8.
/// Errors: std::runtime_error naming the file and what is wrong with it.
Image read_image(const std::filesystem::path& path);

/// Latin-1 or UTF-8 key and value pairs kept inside a PNG.
using TextChunks = std::vector<std::pair<std::string, std::string>>;

/// Writes a PNG, whole or not at all (a temporary file beside `path`, renamed at the end), with an
/// iTXt chunk for each text. Errors: std::runtime_error naming the path and the system's reason.
void write_png(const std::filesystem::path& path, const Image& image, const TextChunks& texts = {});
/// The iTXt and tEXt chunks of a PNG, in order; empty for a picture without any.
TextChunks read_png_texts(const std::filesystem::path& path);

}  // namespace tensor::io
