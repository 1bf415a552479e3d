#pragma once

#include <string>

#include "nn/module.h"
#include "tensor/weight.h"

namespace nn {

/// A named weight of a module. It owns no numbers: loading points it at those of a file (or of a
/// tensor that a test keeps alive), in whatever dtype they lie there.
class Parameter {
 public:
  /// Registers itself with its owner; its name is the owner's path and `name`.
  Parameter(Module* owner, std::string name, tensor::Shape shape);
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  /// Such as "mid_block.resnets.0.conv1.weight": the key in the checkpoint.
  const std::string& name() const { return name_; }
  const tensor::Shape& shape() const { return shape_; }
  bool loaded() const { return view_.data != nullptr; }

  /// The numbers as they are stored. Errors: std::logic_error before anything was loaded.
  const tensor::WeightView& view() const;
  /// The numbers as float32, for people.
  Tensor to_tensor() const { return Tensor::from(view()); }
  /// Errors: std::invalid_argument when the shape is another one.
  void set(const tensor::WeightView& view);

 private:
  std::string name_;
  tensor::Shape shape_;
  tensor::WeightView view_;
};

}  // namespace nn
