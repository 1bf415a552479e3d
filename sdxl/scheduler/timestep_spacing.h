#pragma once

#include <cstdint>
#include <vector>

#include "sdxl/scheduler/scheduler_config.h"

namespace sdxl {

/// Errors: std::invalid_argument unless 1 <= steps <= most.
void require_steps(int steps, int64_t most);

/// The timesteps of n steps out of T = num_train_timesteps, noisiest first.
///
///   leading    k (T / n) + steps_offset, k = n-1 .. 0, the quotient rounded down
///   trailing   round(T - k T / n) - 1,   k = 0 .. n-1
///   linspace   k (T - 1) / (n - 1),      k = n-1 .. 0; may be fractional
///
/// Errors: std::invalid_argument unless 1 <= steps <= T, and for the few trailing counts (61, 103,
/// 121 ...) where rounding gives the reference one step too many, at timestep -1.
///
/// diffusers: every scheduler's set_timesteps   paper: arXiv 2305.08891, table 2
std::vector<double> spaced_timesteps(const SchedulerConfig& config, TimestepSpacing spacing,
                                     int steps);

/// The same rounded to whole numbers, ties to even: indices of training's table.
/// Errors: std::invalid_argument also where a steps_offset leads out of the table.
std::vector<float> whole_timesteps(const SchedulerConfig& config, TimestepSpacing spacing,
                                   int steps);

}  // namespace sdxl
