#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace nn {

/// What is trained beside a layer and changes its output, such as a LoRA.
class Adapter {
 public:
  virtual ~Adapter() = default;
  /// x, the layer's input, and y, its output so far -> the output with this adapter, shaped like y.
  /// `upsample` is that of Conv2d::forward, 1 for a Linear.
  virtual Tensor apply(const Tensor& x, const Tensor& y, int upsample) const = 0;
};

/// A layer that adapters can be added to: Linear and Conv2d. Its own weights stay as they are.
///
/// With adapters it has more outputs in a trace, under the hook names of peft:
///
///   to_q.base_layer         the layer alone
///   to_q.lora_A.default     the layers of the adapter "default"
///   to_q.lora_B.default
///   to_q                    the layer with all its adapters
///
/// peft: tuners/tuners_utils.py, BaseTunerLayer
class AdaptableLayer : public Module {
 public:
  /// Adds an adapter behind those that are there.
  void add(std::unique_ptr<const Adapter> adapter);
  /// Removes all adapters. The output is again that of the layer alone, to the last bit.
  void remove_adapters();
  /// The place of an adapter's own layer below this one, such as "lora_A.default".
  Slot adapter_slot(std::string name);

 protected:
  explicit AdaptableLayer(const Slot& slot) : Module(slot) {}
  /// y, the layer's output for x, with all adapters in the order in which they were added.
  Tensor adapted(const Tensor& x, Tensor y, int upsample = 1) const;

 private:
  /// The output without adapters has a path of its own.
  class BaseLayer : public Module {
   public:
    explicit BaseLayer(const Slot& slot) : Module(slot) {}
    Tensor forward(const Tensor& x, Tensor y) const;
  };

  std::optional<BaseLayer> base_layer_;
  std::vector<std::unique_ptr<const Adapter>> adapters_;
};

}  // namespace nn
