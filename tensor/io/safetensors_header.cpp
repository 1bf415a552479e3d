#include "tensor/io/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "tensor/error.h"

namespace tensor::io {

namespace {

using nlohmann::json;

constexpr uint64_t max_header = 100'000'000;  // the reference reader's limit
constexpr size_t length_bytes = 8;

constexpr std::array<std::pair<std::string_view, int>, 22> dtypes{{
    {"F32", 32},    {"F16", 16},    {"BF16", 16},       {"F64", 64},        {"I64", 64},
    {"I32", 32},    {"I16", 16},    {"I8", 8},          {"U64", 64},        {"U32", 32},
    {"U16", 16},    {"U8", 8},      {"BOOL", 8},        {"C64", 64},        {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6},
    {"F6_E3M2", 6}, {"F4", 4},
}};

/// Errors for a file of another format, recognised by its first bytes. The messages name a remedy.
void refuse_other_formats(const std::string& path, std::string_view file) {
  const auto refuse = [&path](const char* what) {
    fail("{}: no safetensors file: {}", path, what);
  };
  if (file.starts_with("version https://git-lfs")) {
    refuse("it is a git-lfs pointer; fetch the file itself with `git lfs pull`");
  }
  if (file.starts_with("PK\x03\x04") || (file.size() > 1 && file[0] == '\x80' && file[1] <= 5)) {
    refuse(
        "it is a PyTorch pickle (.bin, .pt, .ckpt), which is not read, since it can run code; look "
        "for the model's safetensors file, or convert it");
  }
  if (file.starts_with("GGUF")) refuse("it is a GGUF file; look for the safetensors one");
  const size_t start = file.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && file[start] == '<') {
    refuse("it is a web page, maybe the error or login page of a download; download it again");
  }
  if (start != std::string_view::npos && (file[start] == '{' || file[start] == '[')) {
    refuse("it is a JSON text; name the file with the weights");
  }
}

[[noreturn]] void refuse_json(const std::string& path, size_t position) {
  fail("{}: its header is no JSON from byte {} on; is the file damaged?", path, position);
}

/// Reads the header's JSON by callbacks while it is parsed. The structure is known beforehand, so
/// nothing deeper than three levels is ever built, for any text:
///
///   level 1 { name: level 2 { "dtype": text, "shape": level 3 [...], "data_offsets": [...] } }
class HeaderParser : public nlohmann::json_sax<json> {
 public:
  HeaderParser(const std::string& path, SafetensorsHeader& header) : path_(path), header_(header) {}

  bool start_object(std::size_t) override {
    if (level_ > 1) refuse("an object");
    ++level_;
    return true;
  }

  bool key(string_t& text) override {
    if (level_ == 1) {
      if (!names_.insert(text).second) {
        fail("{}: {} stands twice in the header; names must be unique", path_, quoted(text));
      }
      in_metadata_ = text == "__metadata__";
      entry_ = {};
      entry_.name = text;
      fields_.clear();
    } else {
      if (!fields_.insert(text).second) {
        fail("{}: {}: field {} stands twice", path_, quoted(entry_.name), quoted(text));
      }
      if (!in_metadata_ && text != "dtype" && text != "shape" && text != "data_offsets") {
        fail("{}: {}: expects the fields dtype, shape and data_offsets, got {}", path_,
             quoted(entry_.name), quoted(text));
      }
    }
    field_ = text;
    return true;
  }

  bool string(string_t& text) override {
    if (level_ == 2 && in_metadata_) {
      header_.metadata[field_] = text;
    } else if (level_ == 2 && field_ == "dtype") {
      entry_.dtype = text;
    } else {
      refuse("the text " + quoted(text));
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (level_ != 2 || in_metadata_ || field_ == "dtype") refuse("a list");
    numbers_.clear();
    ++level_;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (level_ != 3) refuse("the number " + std::to_string(value));
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      refuse("the number " + std::to_string(value));
    }
    if (numbers_.size() == Shape::max_rank) {
      fail("{}: {}: {} expects at most {} numbers, got more", path_, quoted(entry_.name),
           quoted(field_), Shape::max_rank);
    }
    numbers_.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool end_array() override {
    --level_;
    if (field_ == "shape") {
      take_shape();
    } else if (numbers_.size() == 2) {
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
    } else {
      fail("{}: {}: data_offsets expects two numbers, begin and end, got {}", path_,
           quoted(entry_.name), numbers_.size());
    }
    return true;
  }

  bool end_object() override {
    --level_;
    if (level_ != 1 || in_metadata_) return true;
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!fields_.contains(field)) {
        fail("{}: {}: the field {} is missing", path_, quoted(entry_.name), field);
      }
    }
    header_.tensors.push_back(std::move(entry_));
    return true;
  }

  bool null() override { return (level_ == 1 && in_metadata_) || refuse("null"); }
  bool boolean(bool value) override { return refuse(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return refuse("the number " + std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return refuse("the number " + printable(text, 40));
  }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    refuse_json(path_, position);
  }

 private:
  static std::string quoted(const std::string& name) { return '"' + printable(name) + '"'; }

  /// Throws the error for an unexpected value in the header.
  bool refuse(const std::string& what) const {
    if (level_ == 0) fail("{}: the header expects a JSON object, got {}", path_, what);
    const std::string place = level_ == 1 ? "" : ": " + quoted(field_);
    const char* expected = "an object";
    if (level_ == 2 && (in_metadata_ || field_ == "dtype")) expected = "a text";
    if (level_ == 2 && (!in_metadata_ && field_ != "dtype")) expected = "a list of whole numbers";
    if (level_ == 3) expected = "whole numbers from 0 to 2^63 - 1";
    fail("{}: {}{} expects {}, got {}", path_, quoted(entry_.name), place, expected, what);
  }

  void take_shape() {
    int64_t size = 1;
    for (const int64_t dim : numbers_) {
      if (__builtin_mul_overflow(size, dim, &size)) {
        fail("{}: {}: its sizes multiply to more than 2^63", path_, quoted(entry_.name));
      }
    }
    entry_.shape = Shape(numbers_);
  }

  const std::string& path_;
  SafetensorsHeader& header_;
  int level_ = 0;                 // of braces and brackets around the current place
  bool in_metadata_ = false;      // is the current entry "__metadata__"?
  SafetensorsEntry entry_;        // the current entry
  std::string field_;             // the current field of the entry, or its name at level 1
  std::vector<int64_t> numbers_;  // the list in the current field
  std::set<std::string> names_;
  std::set<std::string> fields_;
};

/// The header's JSON text, which follows its length.
std::string_view header_text(const std::string& path, std::string_view file) {
  if (file.empty()) fail("{}: the file is empty", path);
  uint64_t length = 0;
  for (size_t i = length_bytes; i-- > 0;) {
    length = length << 8 | (i < file.size() ? static_cast<unsigned char>(file[i]) : 0);
  }
  const uint64_t rest = file.size() - std::min(file.size(), length_bytes);
  if (file.size() < length_bytes || length > max_header || length > rest) {
    refuse_other_formats(path, file);
    fail(
        "{}: no whole safetensors file: after 8 bytes it should have a header of {} (at most {}), "
        "but {} follow; is it damaged or cut short?",
        path, length, max_header, rest);
  }
  const std::string_view text = file.substr(length_bytes, length);
  if (!text.starts_with('{')) {
    fail("{}: no safetensors file: its header should begin with an open brace", path);
  }
  // The JSON library would stop at a zero byte and ignore the rest.
  const size_t zero = text.find('\0');
  if (zero != std::string_view::npos) refuse_json(path, zero + 1);
  return text;
}

/// Checks that the tensors, sorted by their begin, follow each other without a gap to the end of
/// the file.
void check_offsets(const std::string& path, const SafetensorsHeader& header, int64_t data_size) {
  int64_t position = 0;
  for (const SafetensorsEntry& tensor : header.tensors) {
    const std::string name = '"' + printable(tensor.name) + '"';
    if (tensor.begin != position) {
      fail(
          "{}: {}: expects its data to begin at byte {}, where the tensor before it ends, got {} "
          "to {}",
          path, name, position, tensor.begin, tensor.end);
    }
    const int bits = bits_of_safetensors_dtype(tensor.dtype);
    if (bits == 0) {
      fail("{}: {}: unknown dtype \"{}\"", path, name, printable(tensor.dtype, 40));
    }
    int64_t size = 0;
    if (__builtin_mul_overflow(tensor.shape.size(), int64_t{bits}, &size) || size % 8 != 0 ||
        size / 8 != tensor.end - tensor.begin) {
      fail("{}: {}: {} of shape {} doesn't fill the {} bytes it has in the file", path, name,
           tensor.dtype, tensor.shape, tensor.end - tensor.begin);
    }
    position = tensor.end;
  }
  if (position != data_size) {
    fail("{}: the header describes {} bytes of data, but {} are there; {}", path, position,
         data_size,
         position > data_size ? "the file is cut short: copy or download it again"
                              : "the file is damaged");
  }
}

}  // namespace

int bits_of_safetensors_dtype(std::string_view dtype) {
  for (const auto& [name, bits] : dtypes) {
    if (name == dtype) return bits;
  }
  return 0;
}

SafetensorsHeader read_safetensors_header(const std::string& path, std::span<const char> file) {
  const std::string_view text = header_text(path, {file.data(), file.size()});
  SafetensorsHeader header;
  header.data_start = static_cast<int64_t>(length_bytes + text.size());
  HeaderParser parser(path, header);
  json::sax_parse(text, &parser);
  // Tensors without elements share their begin with the next one, hence the end, too.
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_offsets(path, header, static_cast<int64_t>(file.size()) - header.data_start);
  return header;
}

}  // namespace tensor::io
