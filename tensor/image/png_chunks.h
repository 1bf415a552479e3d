#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/image/image.h"

namespace tensor {

/// Whether a file begins with the signature of PNG.
bool is_png(std::string_view file);

/// A chunk of a PNG: its type (four letters) and its bytes.
struct PngChunk {
  std::string_view type;
  std::string_view data;
};

/// The chunks of a PNG in memory, in order, up to IEND or the first damaged one. They point into
/// `file`.
std::vector<PngChunk> png_chunks(std::string_view file);

/// The bytes of a PNG with an iTXt chunk for each text, after its first chunk, IHDR. Bytes of a
/// text that are not UTF-8 become U+FFFD, the replacement character.
/// Errors: std::invalid_argument for a key that isn't 1 to 79 printable ASCII letters.
std::string with_texts(std::string_view png, const TextChunks& texts);

/// The texts in tEXt and uncompressed iTXt chunks of a PNG, in order, as UTF-8.
TextChunks texts_of(std::string_view png);

}  // namespace tensor
