#include "tensor/io/safetensors.h"

#include <cstring>
#include <optional>

#include "tensor/error.h"

namespace tensor::io {

namespace {

std::optional<DType> float_dtype(std::string_view name) {
  for (const DType dtype :
       {DType::f32, DType::f16, DType::bf16, DType::f8_e4m3, DType::f8_e5m2, DType::f64}) {
    if (name_of(dtype) == name) return dtype;
  }
  return std::nullopt;
}

/// Element i of an array that need not be aligned.
template <class Number>
Number load(const char* data, int64_t i) {
  Number value;
  std::memcpy(&value, data + i * static_cast<int64_t>(sizeof(Number)), sizeof(Number));
  return value;
}

void convert_flags(const char* data, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = data[i] != 0 ? 1.0f : 0.0f;
}

/// Returns the index of the first integer that float32 may not represent, or `count`.
template <class Integer>
int64_t convert_integers(const char* data, int64_t count, float* out) {
  constexpr int64_t limit = int64_t{1} << 24;
  for (int64_t i = 0; i < count; ++i) {
    const auto value = load<Integer>(data, i);
    if (std::cmp_greater(value, limit) || std::cmp_less(value, -limit)) return i;
    out[i] = static_cast<float>(value);
  }
  return count;
}

/// Why weights of another dtype aren't taken.
std::string_view hint_for(std::string_view dtype) {
  const bool is_whole = dtype.starts_with('I') || dtype.starts_with('U');
  if (!is_whole) return "; convert the file to F16";
  return ": quantized weights, whose scales are not read here; use a file of F16 or F8_E4M3";
}

using IntegerConverter = int64_t (*)(const char*, int64_t, float*);

IntegerConverter integer_converter(std::string_view dtype) {
  if (dtype == "I64") return convert_integers<int64_t>;
  if (dtype == "U64") return convert_integers<uint64_t>;
  if (dtype == "I32") return convert_integers<int32_t>;
  if (dtype == "U32") return convert_integers<uint32_t>;
  if (dtype == "I16") return convert_integers<int16_t>;
  if (dtype == "U16") return convert_integers<uint16_t>;
  if (dtype == "I8") return convert_integers<int8_t>;
  if (dtype == "U8") return convert_integers<uint8_t>;
  return nullptr;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : path_(path), file_(std::make_shared<const MappedFile>(path)) {
  SafetensorsHeader header = file_->read([&path](std::span<const char> bytes) {
    return read_safetensors_header(path.string(), bytes);
  });
  data_start_ = header.data_start;
  metadata_ = std::move(header.metadata);
  for (SafetensorsEntry& tensor : header.tensors) {
    names_.push_back(tensor.name);
    entries_.emplace(tensor.name, std::move(tensor));
  }
}

const SafetensorsEntry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    fail("{}: has no tensor \"{}\" among its {}", path_.string(), printable(name), names_.size());
  }
  return found->second;
}

const char* SafetensorsFile::data(const SafetensorsEntry& entry) const {
  return file_->bytes().data() + data_start_ + entry.begin;
}

WeightView SafetensorsFile::weight(const std::string& name) const {
  const SafetensorsEntry& found = entry(name);
  const std::optional<DType> dtype = float_dtype(found.dtype);
  if (!dtype) {
    fail("{}: \"{}\": expects a weight of F32, F16, BF16, F8_E4M3, F8_E5M2 or F64, got {}{}",
         path_.string(), printable(name), found.dtype, hint_for(found.dtype));
  }
  return {data(found), *dtype, found.shape};
}

Tensor SafetensorsFile::tensor(const std::string& name) const {
  return file_->read([&](std::span<const char>) { return read_tensor(name); });
}

Tensor SafetensorsFile::read_tensor(const std::string& name) const {
  const SafetensorsEntry& found = entry(name);
  if (float_dtype(found.dtype)) return Tensor::from(weight(name));

  Tensor result = Tensor::uninitialized(found.shape);
  const int64_t count = result.size();
  if (found.dtype == "BOOL") {
    convert_flags(data(found), count, result.mutable_data());
  } else if (const IntegerConverter convert = integer_converter(found.dtype)) {
    const int64_t converted = convert(data(found), count, result.mutable_data());
    if (converted < count) {
      fail("{}: \"{}\": number {} of it is beyond 2^24, which float32 may not hold", path_.string(),
           printable(name), converted);
    }
  } else {
    fail("{}: \"{}\": cannot read {} as numbers; convert it to F32, F16 or BF16", path_.string(),
         printable(name), found.dtype);
  }
  return result;
}

}  // namespace tensor::io
