#include "nn/adapter.h"

namespace nn {

void AdaptableLayer::add(std::unique_ptr<const Adapter> adapter) {
  if (!base_layer_) base_layer_.emplace(child("base_layer"));
  adapters_.push_back(std::move(adapter));
}

void AdaptableLayer::remove_adapters() {
  forget_children();
  adapters_.clear();
  base_layer_.reset();
}

Slot AdaptableLayer::adapter_slot(std::string name) {
  if (!base_layer_) base_layer_.emplace(child("base_layer"));
  return child(std::move(name));
}

Tensor AdaptableLayer::BaseLayer::forward(const Tensor& x, Tensor y) const {
  record_inputs({{"x", x}});
  return record(std::move(y));
}

Tensor AdaptableLayer::adapted(const Tensor& x, Tensor y, int upsample) const {
  if (base_layer_) y = base_layer_->forward(x, std::move(y));
  for (const auto& adapter : adapters_) y = adapter->apply(x, y, upsample);
  return y;
}

}  // namespace nn
