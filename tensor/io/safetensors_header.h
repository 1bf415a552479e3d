#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/shape.h"

namespace tensor::io {

/// One tensor in the header of a safetensors file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as the file spells it: "F32", "I64" ...
  Shape shape;
  int64_t begin = 0;  // bytes from the start of the data
  int64_t end = 0;
};

/// The header of a safetensors file, after all checks. The file is:
///
///   8 bytes   N, the header's length, little-endian
///   N bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
///   the rest  the data
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;  // the JSON's "__metadata__"
  std::vector<SafetensorsEntry> tensors;        // in the order of their data
  int64_t data_start = 0;                       // 8 + N
};

/// Reads the header in the bytes of a whole file, and checks all of it: length, JSON, every dtype,
/// shape and offset. No name may occur twice, and the tensors must cover the data without gap,
/// overlap or rest. `path` is for the messages.
/// Errors: std::runtime_error naming the path, the tensor, the expected and the found value.
SafetensorsHeader read_safetensors_header(const std::string& path, std::span<const char> file);

/// Bits of one element of a dtype, such as 16 for "F16"; 0 for a dtype that the format lacks.
int bits_of_safetensors_dtype(std::string_view dtype);

}  // namespace tensor::io
