#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"
#include "tensor/weight.h"

namespace tensor::io {

/// A safetensors file, mapped into memory and checked byte for byte before anything is used:
/// header length, JSON, every dtype, every shape, every offset; the tensors tile the file exactly.
///
/// Nothing is read or converted up front: a page of a weight comes from the disk when a kernel
/// first touches it. Errors: std::runtime_error naming the file, the tensor, what was expected and
/// what came.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Names in the order of the data in the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// The dtype as the file spells it: "F32", "I64" ...
  const std::string& dtype(const std::string& name) const;
  const Shape& shape(const std::string& name) const;

  /// A float tensor where it lies in the file; valid while this object (or a copy of it) lives.
  /// Errors: std::runtime_error when the name is absent or its dtype is not F32, F16 or BF16.
  WeightView weight(const std::string& name) const;
  /// The numbers widened to float32; integers (I64, I32, U8 ...), too.
  Tensor tensor(const std::string& name) const;

 private:
  struct Mapping;
  struct Entry;
  std::filesystem::path path_;
  std::shared_ptr<const Mapping> mapping_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::string> names_;
  std::map<std::string, Entry> entries_;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes float32 tensors in the given order (safetensors allows any), whole or not at all: into a
/// temporary file beside `path`, renamed when all of it is on the disk.
/// Errors: std::runtime_error naming the path and the system's reason (no folder, no space ...).
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace tensor::io
