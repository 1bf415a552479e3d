#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace tensor {

/// Bytes of an image: RGB, row by row from the top left.
struct Image {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;  // height * width * 3
};

/// (1, 3, H, W) in [-1, 1] to bytes and back:
///
///   byte = round_half_even(clamp(x / 2 + 0.5, 0, 1) * 255),   x = byte / 255 * 2 - 1
///
/// Errors: std::invalid_argument for another shape or a NaN.
/// diffusers: image_processor.py, VaeImageProcessor
Image to_image(const Tensor& x);
Tensor from_image(const Image& image);

/// An image as a mask, (1, 1, H, W): 1 where its brightness is at least 128, and 0 elsewhere. The
/// brightness is Pillow's, 0.299 red + 0.587 green + 0.114 blue, rounded.
/// diffusers: image_processor.py, VaeImageProcessor with do_binarize and do_convert_grayscale
Tensor mask_from_image(const Image& image);

/// Reads PNG, JPEG, WebP or BMP as RGB; the first bytes say which, not the name. Grey is repeated,
/// alpha is dropped, 16 bits are cut to the upper 8, and a photograph is turned upright by its Exif
/// orientation. The pixels are those of Pillow's convert("RGB"), but for PNGs of 16-bit grey, which
/// Pillow makes white; JPEG: see tensor/image/jpeg.h.
/// Errors: std::runtime_error naming the file and the reason: another format, more than 2^27
/// pixels, more than 2^25 and 32 for each byte of the file, a damaged or incomplete image.
/// diffusers: utils/loading_utils.py, load_image
Image read_image(const std::filesystem::path& path);

/// Texts stored in a PNG, each under its key, as UTF-8.
using TextChunks = std::vector<std::pair<std::string, std::string>>;

/// Writes a PNG with an iTXt chunk for each text, whole or not at all (a temporary file beside
/// `path`, renamed at the end). Bytes of a text that are not UTF-8 become U+FFFD.
/// Errors: std::runtime_error naming the path and the system's reason; std::invalid_argument for an
/// image without pixels or a key that isn't 1 to 79 printable ASCII letters.
void write_png(const std::filesystem::path& path, const Image& image, const TextChunks& texts = {});
/// The tEXt and uncompressed iTXt chunks of a PNG, in order; empty for an image without texts.
/// Errors: std::runtime_error for a file that is not a PNG.
TextChunks read_png_texts(const std::filesystem::path& path);

}  // namespace tensor
