#pragma once

#include "sdxl/scheduler/noise_level.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// The predicted x_0: what the UNet's output implies for a sample x = signal x_0 + noise eps.
///
///   epsilon        x_0 = (x - noise output) / signal      paper: arXiv 2006.11239, eq. 15
///   v_prediction   x_0 = alpha x' - sigma output          paper: arXiv 2202.00512, appendix D
///   sample         x_0 = output
///
/// where x' = x / deviation, alpha = signal / deviation and sigma = noise / deviation preserve the
/// variance (the deviation is 1 for DDPM's samples).
/// x, output (N, C, H, W) -> (N, C, H, W).   diffusers: pred_original_sample
Tensor predict_original_sample(PredictionType type, const Tensor& output, const Tensor& x,
                               const NoiseLevel& level);

/// The predicted noise eps, from the same sample.
///
///   epsilon        eps = output
///   v_prediction   eps = alpha output + sigma x'
///   sample         eps = (x - signal output) / noise
///
/// x, output (N, C, H, W) -> (N, C, H, W).   diffusers: pred_epsilon
Tensor predict_noise(PredictionType type, const Tensor& output, const Tensor& x,
                     const NoiseLevel& level);

/// Dynamic thresholding: each image is clamped to +-s and divided by s, where s is the quantile
/// `ratio` of its magnitudes, but at least 1 and at most `max_value`.
/// x0 (N, C, H, W) -> (N, C, H, W)
/// diffusers: scheduling_ddpm.py, _threshold_sample   paper: arXiv 2205.11487, section 2.3
Tensor dynamic_threshold(const Tensor& x0, double ratio, double max_value);

/// The config with clip_sample on where the file leaves it out: DDPM's and DDIM's default.
SchedulerConfig clipped_by_default(SchedulerConfig config);

/// Limits the range of a predicted x_0 as the config says: dynamic thresholding with
/// `thresholding`, else clamped to +-clip_sample_range with `clip_sample`, else unchanged.
Tensor clip_original_sample(const SchedulerConfig& config, const Tensor& x0);

}  // namespace sdxl
