#include "nn/weight_source.h"

#include <utility>

namespace nn {

void WeightSource::add(const std::string& name, const Tensor& x) {
  const auto shared = std::make_shared<const Tensor>(x);
  weights.emplace(name, tensor::WeightView{shared->data(), tensor::DType::f32, shared->shape()});
  owners.arrays.push_back(shared);
}

WeightSource WeightSource::from_tensors(const std::map<std::string, Tensor>& tensors,
                                        std::string description) {
  WeightSource source{.description = std::move(description)};
  for (const auto& [name, x] : tensors) source.add(name, x);
  return source;
}

}  // namespace nn
