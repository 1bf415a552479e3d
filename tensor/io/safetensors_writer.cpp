#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"

namespace tensor::io {

namespace {

int64_t bytes_of(const Tensor& tensor) { return tensor.size() * size_of(DType::f32); }

/// The JSON of the header, padded with spaces so that the data begins at a multiple of 8.
std::string header_json(const NamedTensors& tensors,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::set<std::string> names{"__metadata__"};
  int64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    require(names.insert(name).second, "write_safetensors: the name \"{}\" {}", printable(name),
            name == "__metadata__" ? "is reserved" : "stands twice in the list");
    const int64_t end = begin + bytes_of(tensor);
    header[name] = {{"dtype", name_of(DType::f32)},
                    {"shape", std::vector<int64_t>(tensor.shape().begin(), tensor.shape().end())},
                    {"data_offsets", {begin, end}}};
    begin = end;
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const nlohmann::json::type_error&) {
    throw std::invalid_argument("write_safetensors expects names and metadata in UTF-8");
  }
}

/// A length in the file: 8 bytes, little-endian.
std::string little_endian(uint64_t value) {
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string json = header_json(tensors, metadata);
  const std::string length = little_endian(json.size());
  std::vector<std::span<const char>> parts{length, json};
  for (const auto& [name, tensor] : tensors) {
    parts.emplace_back(reinterpret_cast<const char*>(tensor.data()), bytes_of(tensor));
  }
  write_file(path, parts);
}

}  // namespace tensor::io
