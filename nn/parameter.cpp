#include "nn/parameter.h"

#include "tensor/error.h"

namespace nn {

Parameter::Parameter(Module* owner, std::string name, tensor::Shape shape)
    : name_(join_path(owner->path_below_root(), name)), shape_(shape) {
  owner->parameters_.push_back(this);
}

const tensor::WeightView& Parameter::view() const {
  if (!loaded()) {
    throw std::logic_error(name_ + ": no weights were loaded; call nn::load first");
  }
  return view_;
}

void Parameter::set(const tensor::WeightView& view) {
  tensor::require(view.shape == shape_, "{}: expects shape {}, got {}", name_, shape_, view.shape);
  view_ = view;
}

}  // namespace nn
