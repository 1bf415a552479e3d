#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// EDM's network: a sample x = x_0 + sigma eps is scaled on its way into the UNet, and the UNet's
/// output F is mixed with it, so that input, output and target have the deviation 1 at every sigma.
///
///   input   c_in x,   c_in = 1 / sqrt(sigma^2 + sigma_data^2)
///   time    c_noise = log(sigma) / 4
///   x_0     c_skip x + c_out F,   c_skip = sigma_data^2 / (sigma^2 + sigma_data^2),
///                                 c_out = sigma sigma_data / sqrt(sigma^2 + sigma_data^2)
///
/// sigma_data is the deviation of training's latents. With prediction_type v_prediction c_out is
/// negative.   diffusers: scheduling_edm_euler.py, precondition_inputs, _noise and _outputs
/// paper: arXiv 2206.00364, eq. 7 and table 1
struct EdmPrecondition {
  /// The config with EDM's defaults: sigma from 0.002 to 80, no clipping.
  /// Errors: std::runtime_error for prediction_type sample, and sigma_min above sigma_max.
  static SchedulerConfig defaults(SchedulerConfig config);

  /// c_in x
  static Tensor input(const SchedulerConfig& config, const Tensor& x, float sigma);
  /// c_skip x + c_out F
  static Tensor original_sample(const SchedulerConfig& config, const Tensor& f, const Tensor& x,
                                float sigma);
  /// n noise levels from sigma_max down to sigma_min: Karras' curve with the config's rho, or
  /// evenly spaced in log sigma with sigma_schedule exponential.
  static std::vector<float> sigmas(const SchedulerConfig& config, int n);
  /// c_noise of each.
  static std::vector<float> timesteps(const std::vector<float>& sigmas);
  /// sqrt(sigma_max^2 + 1)
  static float init_noise_sigma(const SchedulerConfig& config);
};

}  // namespace sdxl
