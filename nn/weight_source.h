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

/// The memory that weights lie in. It is shared: a source holds it, and so does every model that
/// was loaded from the source.
struct WeightOwners {
  std::vector<std::shared_ptr<const tensor::io::MappedFile>> files = {};
  std::vector<std::shared_ptr<const void>> arrays = {};  // not of a file: a Tensor, a NumPy array
};

/// The weights of a model: where each lies in memory, by parameter name, and who owns that memory.
struct WeightSource {
  std::string description;  // for messages: the file or folder
  std::map<std::string, tensor::WeightView> weights = {};
  WeightOwners owners = {};

  /// Weights from arrays in memory, by parameter name. Nothing is copied: the source and the models
  /// share the tensors' storage, which can't be written to as long as they live.
  static WeightSource from_tensors(const std::map<std::string, Tensor>& tensors,
                                   std::string description = "tensors in memory");
  /// Adds one array, shared in the same way.
  void add(const std::string& name, const Tensor& x);
};

}  // namespace nn
