#include "sdxl/inspect/knobs/branch_scale.h"

#include <algorithm>

#include "nn/observe/path_pattern.h"
#include "sdxl/control/control_transformer.h"
#include "sdxl/text/clip_encoder_layer.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "sdxl/vae/vae_blocks.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

template <class... Classes>
bool is_one_of(const nn::Module& module) {
  return ((dynamic_cast<const Classes*>(&module) != nullptr) || ...);
}

constexpr std::string_view shortcut = ".conv_shortcut";

Tensor scaled(const Tensor& output, const Tensor& passed, double factor) {
  if (factor == 0.0) return passed.empty() ? Tensor::zeros(output.shape()) : passed;
  const auto f = static_cast<float>(factor);
  return passed.empty() ? f * output : passed + f * (output - passed);
}

}  // namespace

bool adds_to_its_input(const nn::Module& module) {
  return is_one_of<ResnetBlock, Transformer2D, BasicTransformerBlock, MidBlock2DCrossAttn,
                   CLIPEncoderLayer, VaeAttention, UNetMidBlock2D, AutoencoderTinyBlock,
                   ResidualAttentionBlock>(module);
}

bool BranchScale::has_factor(const std::string& path) const {
  return std::ranges::any_of(factors_,
                             [&](const Factor& f) { return nn::matches(f.pattern, path); });
}

double BranchScale::factor_of(const std::string& path) const {
  double product = 1.0;
  for (const Factor& f : factors_) product *= nn::matches(f.pattern, path) ? f.factor : 1.0;
  return product;
}

void BranchScale::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (!is_on() || !adds_to_its_input(module) || factor_of(module.path()) == 1.0) return;
  passed_[module.path()] = inputs.begin()->value;
}

Tensor BranchScale::replace(const nn::Module& module, const Tensor& output) {
  const std::string& path = module.path();
  Tensor result = output;
  if (is_on() && has_factor(path)) {
    meet(path);
    const auto passed = passed_.extract(path);
    const double factor = factor_of(path);
    if (factor != 1.0) result = scaled(output, passed ? passed.mapped() : Tensor(), factor);
  }
  if (path.ends_with(shortcut)) {
    const auto block = passed_.find(path.substr(0, path.size() - shortcut.size()));
    if (block != passed_.end()) block->second = result;
  }
  return result;
}

}  // namespace sdxl
