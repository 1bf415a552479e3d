#pragma once

#include <map>

#include "nn/trace.h"
#include "sdxl/inspect/changed_resnet_input.h"

namespace sdxl {

using tensor::Tensor;

/// FreeU's factors: s of the skips' lowest frequencies, b of the backbone's features; 1 of the
/// coarsest level of the upward half, 2 of the next one. The authors' choice for SDXL is
/// s1 0.9, s2 0.2, b1 1.3, b2 1.4.
struct FreeUFactors {
  double s1 = 1.0, s2 = 1.0;
  double b1 = 1.0, b2 = 1.0;

  bool is_on() const { return s1 != 1.0 || s2 != 1.0 || b1 != 1.0 || b2 != 1.0; }
};

/// FreeU: in the upward half the backbone h denoises and the skips bring detail. On the two coarsest
/// levels, at the input concat(h, skip) of each resnet:
///
///   h    = b h                        in the first half of its channels
///   skip = skip + (s - 1) low(skip)   where low has the frequencies 0 and -1 of both axes
///
/// Why not frequency +1: diffusers takes a square of 2 x 2 around the shifted spectrum's middle, and
/// the real part of the result.
/// diffusers: utils/torch_utils.py, apply_freeu and fourier_filter
/// paper: arXiv 2309.11497, section 3.2
class FreeU : public nn::Observer {
 public:
  /// Errors: std::invalid_argument for a factor that isn't above 0: diffusers ignores all four then.
  FreeU(const nn::Module& unet, const FreeUFactors& factors);
  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  void on_output(const nn::Module& module, const Tensor& output) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  struct Change {
    int64_t skip_channels;
    float s, b;
  };
  std::map<std::string, Change> changes_;  // by the resnet's path
  ChangedResnetInput input_;
};

/// The sum of the waves of the frequencies 0 and -1 of both axes, the real part.
/// (N, C, H, W) -> (N, C, H, W)
Tensor lowest_frequencies(const Tensor& x);

}  // namespace sdxl
