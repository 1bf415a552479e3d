#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/image/image.h"

namespace tensor {

/// Does a file begin as every PNG does?
bool is_png(std::string_view file);

/// One part of a PNG: four letters, which say what it holds, and its bytes.
struct PngChunk {
  std::string_view type;
  std::string_view data;
};

/// The chunks of a PNG in memory, in order, up to IEND or the first damaged one. They point into
/// `file`.
std::vector<PngChunk> png_chunks(std::string_view file);

/// The bytes of a whole PNG with an iTXt chunk for each text behind its first chunk, IHDR.
/// What is no UTF-8 in a text becomes U+FFFD, the sign for an unknown letter.
/// Errors: std::invalid_argument for a key that isn't 1 to 79 printable ASCII letters.
std::string with_texts(std::string_view png, const TextChunks& texts);

/// The texts in tEXt chunks and uncompressed iTXt chunks, as UTF-8.
TextChunks texts_of(std::string_view png);

}  // namespace tensor
