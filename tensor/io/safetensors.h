#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensor/io/mapped_file.h"
#include "tensor/io/safetensors_header.h"
#include "tensor/tensor.h"
#include "tensor/weight.h"

namespace tensor::io {

/// A safetensors file, mapped into memory. The constructor checks the whole header: length, JSON,
/// every dtype, shape and offset. The tensors must cover the data exactly.
///
/// Nothing is read or converted in advance: a page of a weight is read from the disk when a kernel
/// first uses it.
/// Errors: std::runtime_error naming the file, the tensor, the expected and the found value.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Names in the order of the data in the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// The dtype as the file spells it: "F32", "I64" ...
  const std::string& dtype(const std::string& name) const { return entry(name).dtype; }
  const Shape& shape(const std::string& name) const { return entry(name).shape; }

  /// A view of a float tensor in the file, without a copy; valid while mapping() is held.
  /// Errors: std::runtime_error when the name is absent or its dtype is none of DType's.
  WeightView weight(const std::string& name) const;
  /// The values as float32: as kernels::widen; BOOL becomes 0 and 1, integers
  /// from I8 and U8 to I64 and U64 are converted.
  /// Errors: std::runtime_error also for an integer beyond 2^24, which float32 may not represent,
  /// and when another program changed the file since it was opened.
  Tensor tensor(const std::string& name) const;
  /// The mapping, which keeps every weight() valid as long as it is held.
  const std::shared_ptr<const MappedFile>& mapping() const { return file_; }

 private:
  const SafetensorsEntry& entry(const std::string& name) const;
  const char* data(const SafetensorsEntry& entry) const;
  Tensor read_tensor(const std::string& name) const;

  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> file_;
  int64_t data_start_ = 0;
  std::map<std::string, std::string> metadata_;
  std::vector<std::string> names_;
  std::map<std::string, SafetensorsEntry> entries_;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes float32 tensors in the given order (safetensors allows any), whole or not at all: into a
/// temporary file beside `path`, which is renamed when all bytes are on the disk.
/// Errors: std::runtime_error naming the path and the system's reason (no folder, no space ...);
/// std::invalid_argument for a name that is used twice, reserved or not UTF-8.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace tensor::io
