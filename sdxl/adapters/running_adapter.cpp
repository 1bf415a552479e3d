#include "sdxl/adapters/running_adapter.h"

#include <optional>
#include <vector>

#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/parameter.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using Owners = std::shared_ptr<const nn::WeightOwners>;
using tensor::WeightView;

/// y + change, or with a magnitude (DoRA) g (y - b + change) + b.
class Beside : public nn::Adapter {
 public:
  Beside(const nn::AdaptableLayer& layer, const LayerAdapter& adapter, int channel_axis)
      : factor_(static_cast<float>(adapter.factor)), channel_axis_(channel_axis) {
    if (!adapter.has("magnitude")) return;
    gain_ = magnitude_gain(adapter, weight_of(layer));
    const auto& parameters = layer.parameters();
    bias_ = parameters.size() > 1 ? parameters[1]->to_tensor() : Tensor::zeros(gain_.shape());
  }

  Tensor apply(const Tensor& x, const Tensor& y, int upsample) const override {
    const Tensor change = factor_ * branch(x, upsample);
    if (gain_.empty()) return y + change;
    const Tensor g = along_channels(gain_, y), b = along_channels(bias_, y);
    return g * (y - b + change) + b;
  }

 protected:
  /// The change without its factor.
  virtual Tensor branch(const Tensor& x, int upsample) const = 0;

 private:
  /// (C) -> (1, C, 1, 1) for a convolution's y, (1, ..., C) for a linear layer's.
  Tensor along_channels(const Tensor& values, const Tensor& y) const {
    std::vector<int64_t> sizes(static_cast<size_t>(y.shape().rank()), 1);
    sizes.at(channel_axis_ >= 0 ? channel_axis_ : sizes.size() - 1) = values.size();
    return values.reshape(tensor::Shape(sizes));
  }

  float factor_;
  int channel_axis_;  // -1: the last
  Tensor gain_, bias_;
};

constexpr int last_axis = -1, conv_channels = 1;

/// A layer of an adapter, on the file's tensor. A matrix may lie there as a 1x1 convolution.
template <class Layer, class... Arguments>
std::unique_ptr<const Layer> layer_of(const WeightView& view, const Owners& owners,
                                      const Arguments&... arguments) {
  auto layer = std::make_unique<Layer>(arguments...);
  nn::Parameter& weight = *layer->parameters().front();
  weight.set({view.data, view.dtype, weight.shape()});
  layer->share(owners);
  return layer;
}

/// B (A x)
class LowRankLinear : public Beside {
 public:
  LowRankLinear(nn::Linear& layer, const LayerAdapter& a, const std::string& name,
                const Owners& owners)
      : Beside(layer, a, last_axis) {
    const int64_t inputs = weight_of(layer).shape.dim(1), outputs = weight_of(layer).shape.dim(0);
    constexpr auto no_bias = nn::Linear::Bias::no;
    lora_A = layer_of<nn::Linear>(a.view("down"), owners, layer.adapter_slot("lora_A." + name),
                                  inputs, a.rank(), no_bias);
    lora_B = layer_of<nn::Linear>(a.view("up"), owners, layer.adapter_slot("lora_B." + name),
                                  a.rank(), outputs, no_bias);
  }
  Tensor branch(const Tensor& x, int /*upsample*/) const override {
    return lora_B->forward(lora_A->forward(x));
  }

 private:
  std::unique_ptr<const nn::Linear> lora_A, lora_B;
};

/// B (A x) with A of the layer's own kernel, stride and padding; with LyCORIS' middle convolution
/// A is 1x1, and the middle one has the layer's kernel.
class LowRankConv2d : public Beside {
 public:
  LowRankConv2d(nn::Conv2d& layer, const LayerAdapter& a, const std::string& name,
                const Owners& owners)
      : Beside(layer, a, conv_channels) {
    const tensor::Shape& shape = weight_of(layer).shape;
    const nn::Conv2d::Options pixel = {.kernel = 1, .bias = false};
    const nn::Conv2d::Options own = {.kernel = static_cast<int>(shape.dim(2)),
                                     .stride = layer.stride(),
                                     .padding = layer.padding(),
                                     .bias = false};
    const auto add = [&](const std::string& part, const std::string& path, int64_t in, int64_t out,
                         const nn::Conv2d::Options& options) {
      layers_.push_back(layer_of<nn::Conv2d>(
          a.view(part), owners, layer.adapter_slot(path + "." + name), in, out, options));
    };
    const int64_t outer = a.view("up").shape.dim(1);
    add("down", "lora_A", shape.dim(1), a.rank(), a.has("mid") ? pixel : own);
    if (a.has("mid")) add("mid", "lora_mid", a.rank(), outer, own);
    add("up", "lora_B", outer, shape.dim(0), pixel);
    is_in_the_middle_ = a.has("mid");
  }
  Tensor branch(const Tensor& x, int upsample) const override {
    Tensor h = x;
    for (size_t i = 0; i < layers_.size(); ++i) {
      const bool has_the_kernel = i == (is_in_the_middle_ ? 1U : 0U);
      h = layers_[i]->forward(h, has_the_kernel ? upsample : 1);
    }
    return h;
  }

 private:
  std::vector<std::unique_ptr<const nn::Conv2d>> layers_;
  bool is_in_the_middle_ = false;
};

/// dW x, with the change dW of the weight made at each call: for a LoHa and a LoKr.
class WeightChange : public Beside {
 public:
  WeightChange(nn::AdaptableLayer& layer, const LayerAdapter& adapter, Owners owners)
      : Beside(layer, adapter, weight_of(layer).shape.rank() == 4 ? conv_channels : last_axis),
        shape_(weight_of(layer).shape),
        adapter_(adapter),
        owners_(std::move(owners)),
        conv_(dynamic_cast<const nn::Conv2d*>(&layer)) {}
  Tensor branch(const Tensor& x, int upsample) const override {
    const Tensor change = weight_change(adapter_, shape_);
    const WeightView view = {change.data(), tensor::DType::f32, shape_};
    if (!conv_) return linear(x, view, nullptr);
    return conv2d(x, view, nullptr, conv_->stride(), conv_->padding(), upsample);
  }

 private:
  tensor::Shape shape_;
  LayerAdapter adapter_;
  Owners owners_;
  const nn::Conv2d* conv_;  // null of a linear layer
};

}  // namespace

std::unique_ptr<const nn::Adapter> make_adapter(nn::AdaptableLayer& layer,
                                                const LayerAdapter& adapter,
                                                const std::string& name, const Owners& owners) {
  if (!adapter.is_low_rank()) return std::make_unique<WeightChange>(layer, adapter, owners);
  if (auto* linear = dynamic_cast<nn::Linear*>(&layer)) {
    return std::make_unique<LowRankLinear>(*linear, adapter, name, owners);
  }
  return std::make_unique<LowRankConv2d>(dynamic_cast<nn::Conv2d&>(layer), adapter, name, owners);
}

}  // namespace sdxl
