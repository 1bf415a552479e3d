#include "tests/support/torch_weights.h"

#include <cmath>

#include "nn/parameter.h"

namespace support {

using tensor::Tensor;

namespace {

/// 1 / sqrt(fan_in), with the roundings of kaiming_uniform_.
double weight_bound(const tensor::Shape& shape) {
  const double fan_in = static_cast<double>(shape.size() / shape.dim(0));
  const double gain = std::sqrt(2.0 / (1.0 + std::sqrt(5.0) * std::sqrt(5.0)));
  return std::sqrt(3.0) * (gain / std::sqrt(fan_in));
}

}  // namespace

TorchWeights::TorchWeights(const nn::Module& module, tensor::Generator& generator,
                           const std::vector<std::string>& order) {
  double fan_in = 0;  // of the layer at hand; 0: a norm
  for (const std::string& front : order) {
    for (nn::Parameter* parameter : all_parameters(module)) {
      if (!parameter->name().starts_with(front)) continue;
      const tensor::Shape& shape = parameter->shape();
      const bool is_weight = parameter->name().ends_with("weight");
      if (is_weight)
        fan_in = shape.rank() > 1 ? static_cast<double>(shape.size() / shape.dim(0)) : 0;
      if (fan_in == 0) {
        set(*parameter, Tensor::full(shape, is_weight ? 1 : 0));
      } else {
        const double bound = is_weight ? weight_bound(shape) : 1 / std::sqrt(fan_in);
        set(*parameter, generator.uniform(shape, -bound, bound));
      }
    }
  }
}

void TorchWeights::set(nn::Parameter& parameter, const Tensor& values) {
  values_.push_back(values);
  parameter.set({values.data(), tensor::DType::f32, values.shape()});
}

}  // namespace support
