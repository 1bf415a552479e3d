#pragma once

#include <string>

#include "nn/module.h"
#include "tensor/weight.h"

namespace nn {

/// A named weight of a module. Its elements lie in a file or an array, in their stored dtype.
/// nn::load points the parameter at them, and the loaded module keeps that memory alive.
/// torch: nn.Parameter
class Parameter {
 public:
  /// Registers itself with `owner`. Its full name is the owner's path without the root's name, and
  /// `name`: the key in the component's checkpoint.
  Parameter(Module* owner, std::string name, tensor::Shape shape);
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  /// The key in the checkpoint, such as "mid_block.resnets.0.conv1.weight".
  const std::string& name() const { return name_; }
  const tensor::Shape& shape() const { return shape_; }
  bool loaded() const { return view_.data != nullptr; }

  /// The elements as they are stored. Errors: std::logic_error before nn::load.
  const tensor::WeightView& view() const;
  /// A copy of the elements as float32. Errors: std::logic_error before nn::load.
  Tensor to_tensor() const { return Tensor::from(view()); }
  /// Points at other elements. The caller keeps them alive (nn::load does so by Module::share).
  /// Errors: std::invalid_argument for another shape.
  void set(const tensor::WeightView& view);

 private:
  std::string name_;
  tensor::Shape shape_;
  tensor::WeightView view_;
};

}  // namespace nn
