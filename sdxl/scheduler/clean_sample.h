#pragma once

#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// The clean sample x_0 that the UNet's output implies, from a sample x = alpha x_0 + sigma eps.
///
///   epsilon        x_0 = (x - sigma output) / alpha       paper: arXiv 2006.11239, eq. 15
///   v_prediction   x_0 = alpha x - sigma output           paper: arXiv 2202.00512, appendix D
///   sample         x_0 = output
///
/// alpha = sqrt(alpha_bar), sigma = sqrt(1 - alpha_bar): DDPM's way, where x keeps its variance.
/// x, output (N, C, H, W) -> the same.
Tensor clean_sample(PredictionType type, const Tensor& output, const Tensor& x, float alpha,
                    float sigma);

/// The noise eps that the output implies, from the same sample.
///
///   epsilon        eps = output
///   v_prediction   eps = alpha output + sigma x
///   sample         eps = (x - alpha output) / sigma
Tensor noise_in(PredictionType type, const Tensor& output, const Tensor& x, float alpha,
                float sigma);

/// The clean sample from a sample x = x_0 + sigma eps, whose variance grows: Euler's way.
///
///   epsilon        x_0 = x - sigma output
///   v_prediction   x_0 = x / (sigma^2 + 1) - output sigma / sqrt(sigma^2 + 1)
///   sample         x_0 = output
Tensor clean_sample(PredictionType type, const Tensor& output, const Tensor& x, float sigma);

/// Dynamic thresholding: each image is clamped to +-s and divided by s, where s is the quantile
/// `ratio` of its magnitudes, not below 1 and not above `max_value`.
/// diffusers: scheduling_ddpm.py, _threshold_sample   paper: arXiv 2205.11487, section 2.3
Tensor threshold(const Tensor& x0, double ratio, double max_value);

/// Keeps a guessed clean sample within the range that the config allows: `thresholding`, else
/// `clip_sample` (with its own default in each scheduler), else not at all.
Tensor limit_clean_sample(const SchedulerConfig& config, const Tensor& x0, bool clips_by_default);

}  // namespace sdxl
