#pragma once

#include <vector>

#include "sdxl/scheduler/noise_level.h"
#include "sdxl/scheduler/scheduler_config.h"

namespace sdxl {

/// Training's noise schedule: how much noise the sample at timestep t = 0 .. T-1 has. In float32,
/// bit for bit as the reference. The letters are the paper's.
///
///   x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps,   alpha_bar_t = prod_s (1 - beta_s)
///
/// diffusers: every scheduler's __init__   paper: arXiv 2006.11239, eq. 4
///
/// Why bit for bit: 1 - alpha_bar_0 is 0.00085, so the last digit of alpha_bar_0 changes the fifth
/// digit of sigma_0.

/// (T): the variance of the noise that each training step adds.
///
///   linear               beta_t = linspace(beta_start, beta_end)
///   scaled_linear        beta_t = linspace(sqrt(beta_start), sqrt(beta_end))^2
///   squaredcos_cap_v2    alpha_bar(t) = cos^2((t + 0.008) / 1.008 pi / 2)
///
/// paper: arXiv 2102.09672, eq. 17 (squaredcos_cap_v2)
std::vector<float> betas(const SchedulerConfig& config);

/// The config with Stable Diffusion's noise schedule where the file leaves it out: the default of
/// LCM and TCD.
SchedulerConfig trained_as_stable_diffusion(SchedulerConfig config);

/// (T): alpha_bar_t.
std::vector<float> alpha_bars(const SchedulerConfig& config);

/// The same from betas: the product is accumulated in double and each entry rounded.
std::vector<float> alpha_bars(const std::vector<float>& betas);

/// Betas with a zero terminal SNR: sqrt(alpha_bar) is shifted so that its last entry is 0, and
/// scaled so that its first entry stays.   paper: arXiv 2305.08891, algorithm 1
std::vector<float> rescale_zero_terminal_snr(const std::vector<float>& betas);

/// (T): sigma_t = sqrt((1 - alpha_bar_t) / alpha_bar_t), the noise of samples x_0 + sigma_t eps.
/// paper: arXiv 2206.00364, table 1
std::vector<float> sigmas(const std::vector<float>& alpha_bars);

/// The same of a config. With rescale_betas_zero_snr the last sigma would be infinite; as in
/// diffusers its alpha_bar is 2^-24, the smallest number of half precision.
std::vector<float> training_sigmas(const SchedulerConfig& config);

/// Zero terminal SNR check: a sample without signal and prediction_type epsilon imply no x_0.
/// Errors: std::invalid_argument for a signal of 0 with prediction_type epsilon.
void check_terminal_snr(const SchedulerConfig& config, const NoiseLevel& level, float timestep);

}  // namespace sdxl
