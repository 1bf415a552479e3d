#include "tests/fuzz/support/sparse_file.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/fuzz/support/fuzz.h"

namespace fuzz {

namespace {

constexpr int64_t most_elements = 1 << 22;

/// A tensor's sizes from the words behind its name.
std::vector<int64_t> sizes_in(std::string_view words) {
  std::vector<int64_t> sizes;
  int64_t product = 1;
  const char* const end = words.data() + words.size();
  for (const char* at = words.data(); at < end && sizes.size() < 4; ++at) {
    int64_t size = 0;
    const auto [rest, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 0 || size > most_elements) continue;
    product *= size;
    if (product > most_elements) break;
    sizes.push_back(size);
    at = rest;
  }
  return sizes;
}

}  // namespace

std::string write_sparse_file(std::string_view lines) {
  nlohmann::json header = nlohmann::json::object();
  int64_t position = 0;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::string name(line.substr(0, line.find(' ')));
    if (header.contains(name)) continue;
    const std::vector<int64_t> sizes = sizes_in(line.substr(name.size()));
    int64_t bytes = 2;
    for (const int64_t size : sizes) bytes *= size;
    header[name] = {
        {"dtype", "F16"}, {"shape", sizes}, {"data_offsets", {position, position + bytes}}};
    position += bytes;
  }
  const std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(uint64_t{text.size()} >> 8 * i);
  const std::string path = write_file("model.safetensors", file + text);
  std::filesystem::resize_file(path, file.size() + text.size() + position);
  return path;
}

}  // namespace fuzz
