#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler_config.h"

namespace sdxl {

/// The noise level at a timestep, which may be fractional: linear between the entries of training's
/// table, and the last entry beyond its end.   numpy: interp
double sigma_at(const std::vector<float>& table, double timestep);

/// The timestep of a noise level: linear in log sigma between the table's entries, so fractional,
/// and clamped to 0 .. T-1.
/// diffusers: scheduling_euler_discrete.py, _sigma_to_t
double timestep_at(const std::vector<float>& table, double sigma);

/// n noise levels from sigma_max down to sigma_min, denser towards small ones.
///
///   sigma_i = (sigma_max^(1/7) + i / (n - 1) (sigma_min^(1/7) - sigma_max^(1/7)))^7
///
/// diffusers: scheduling_euler_discrete.py, _convert_to_karras
/// paper: arXiv 2206.00364, eq. 5, rho = 7
std::vector<double> karras_sigmas(double sigma_max, double sigma_min, int n);

/// n noise levels from sigma_max down to sigma_min, evenly spaced in log sigma.
///
///   sigma_i = exp(log sigma_max + i / (n - 1) (log sigma_min - log sigma_max))
///
/// diffusers: scheduling_euler_discrete.py, _convert_to_exponential
std::vector<double> exponential_sigmas(double sigma_max, double sigma_min, int n);

/// n noise levels, evenly spaced in lambda = -log sigma. They are those of exponential_sigmas, except
/// that the ends are rounded to float32 and a config's own ends don't count.
///
/// diffusers: scheduling_dpmsolver_multistep.py, _convert_to_lu   paper: arXiv 2206.00927
std::vector<double> lu_sigmas(double sigma_max, double sigma_min, int n);

/// n noise levels from sigma_max down to sigma_min, dense at both ends: quantiles of a beta
/// distribution.
///
///   sigma_i = sigma_min + I^-1(1 - i / (n - 1)) (sigma_max - sigma_min),   I = I_x(0.6, 0.6)
///
/// diffusers: scheduling_euler_discrete.py, _convert_to_beta   paper: arXiv 2407.12173
std::vector<double> beta_sigmas(double sigma_max, double sigma_min, int n);

/// The curve of a config's sigma spacing between its own sigma_max and sigma_min, or where it has
/// none, the given ends. Expects another spacing than that of the timesteps.
std::vector<double> curve_sigmas(const SchedulerConfig& config, double sigma_max, double sigma_min,
                                 int n);

}  // namespace sdxl
