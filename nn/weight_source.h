#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tensor/io/mapped_file.h"
#include "tensor/tensor.h"
#include "tensor/weight.h"

namespace nn {

using tensor::Tensor;

/// The owners of the memory that weights lie in. The ownership is shared by the source and by every
/// model that was loaded from it.
struct WeightOwners {
  std::vector<std::shared_ptr<const tensor::io::MappedFile>> files = {};
  std::vector<std::shared_ptr<const void>> arrays = {};  // such as a Tensor's storage
};

/// The weights of a model: a view of each by its parameter name, and the owners of their memory.
struct WeightSource {
  std::string description;  // for messages: the file or folder
  std::map<std::string, tensor::WeightView> weights = {};
  /// Weights whose numbers can't be read, by name, with the error to throw where one is needed.
  std::map<std::string, std::string> unreadable = {};
  WeightOwners owners = {};

  /// Weights from tensors in memory, by parameter name. Nothing is copied: the source and the
  /// models share the tensors' storage. It cannot be written to as long as they exist.
  static WeightSource from_tensors(const std::map<std::string, Tensor>& tensors,
                                   std::string description = "tensors in memory");
  /// Adds one tensor and shares its storage in the same way.
  void add(const std::string& name, const Tensor& x);
};

}  // namespace nn
