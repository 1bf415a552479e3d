#pragma once

#include <string>

#include "nn/module.h"
#include "tensor/weight.h"

namespace nn {

/// A named weight of a module. Its values lie in a file or an array, in the dtype they have there;
/// nn::load points the parameter at them, and the loaded module keeps that memory alive.
class Parameter {
 public:
  /// Registers itself with its owner; its name is `name` below the path of its owner, without the
  /// name of the root: the key in the component's checkpoint.
  Parameter(Module* owner, std::string name, tensor::Shape shape);
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  /// Such as "mid_block.resnets.0.conv1.weight": the key in the checkpoint.
  const std::string& name() const { return name_; }
  const tensor::Shape& shape() const { return shape_; }
  bool loaded() const { return view_.data != nullptr; }

  /// The values as they are stored. Errors: std::logic_error before nn::load.
  const tensor::WeightView& view() const;
  /// The values as float32, to show or to compare.
  Tensor to_tensor() const { return Tensor::from(view()); }
  /// Points at other values. The caller keeps them alive (nn::load does it by Module::share).
  /// Errors: std::invalid_argument when the shape is another one.
  void set(const tensor::WeightView& view);

 private:
  std::string name_;
  tensor::Shape shape_;
  tensor::WeightView view_;
};

}  // namespace nn
