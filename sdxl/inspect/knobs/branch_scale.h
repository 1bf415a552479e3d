#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/observe/knob.h"

namespace sdxl {

using tensor::Tensor;

/// True for a class whose output is its input plus what it computes, so that the block can be left
/// out: ResnetBlock, Transformer2D, BasicTransformerBlock, VaeAttention, CLIPEncoderLayer,
/// AutoencoderTinyBlock; and for the middle blocks, which consist of such blocks only.
bool adds_to_its_input(const nn::Module& module);

/// Scales what modules compute. With the factor 0 they are muted, with 1 nothing changes.
///
///   out = passed + factor (out - passed)
///
///   passed = x, of a class that adds to its input x; of a ResnetBlock that changes the number of
///            channels: conv_shortcut(x)
///            0, of all other classes
///
/// The factors of several patterns that match one module are multiplied.
class BranchScale : public nn::Knob {
 public:
  struct Factor {
    std::string pattern;
    double factor;
  };
  explicit BranchScale(std::vector<Factor> factors) : factors_(std::move(factors)) {}
  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  bool has_factor(const std::string& path) const;
  double factor_of(const std::string& path) const;

  std::vector<Factor> factors_;
  std::map<std::string, Tensor> passed_;  // of the blocks that are running, by path
};

}  // namespace sdxl
