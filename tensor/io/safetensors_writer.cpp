#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"
#include "tensor/io/write_weights.h"

namespace tensor::io {

namespace {

int64_t bytes_of(const WeightView& weight) { return weight.shape.size() * size_of(weight.dtype); }

/// The JSON of the header, padded with spaces so that the data begins at a multiple of 8.
std::string header_json(const NamedWeights& weights,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::set<std::string> names{"__metadata__"};
  int64_t begin = 0;
  for (const auto& [name, weight] : weights) {
    require(names.insert(name).second, "write_safetensors: the name \"{}\" {}", printable(name),
            name == "__metadata__" ? "is reserved" : "stands twice in the list");
    const int64_t end = begin + bytes_of(weight);
    header[name] = {{"dtype", name_of(weight.dtype)},
                    {"shape", std::vector<int64_t>(weight.shape.begin(), weight.shape.end())},
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

void write_weights(const std::filesystem::path& path, const NamedWeights& weights,
                   const std::map<std::string, std::string>& metadata) {
  const std::string json = header_json(weights, metadata);
  const std::string length = little_endian(json.size());
  std::vector<std::span<const char>> parts{length, json};
  for (const auto& [name, weight] : weights) {
    parts.emplace_back(static_cast<const char*>(weight.data), bytes_of(weight));
  }
  write_file(path, parts);
}

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  NamedWeights weights;
  for (const auto& [name, tensor] : tensors) {
    weights.emplace_back(name, WeightView{tensor.data(), DType::f32, tensor.shape()});
  }
  write_weights(path, weights, metadata);
}

}  // namespace tensor::io
