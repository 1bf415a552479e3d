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

/// Some of the timesteps of a UNet's distillation, which are every (T / original_inference_steps)-th
/// of training's: n of them, evenly spaced, the noisiest first.
/// Errors: std::invalid_argument for more steps than original_inference_steps.
/// diffusers: scheduling_lcm.py and scheduling_tcd.py, set_timesteps   paper: arXiv 2310.04378
std::vector<float> distilled_timesteps(const SchedulerConfig& config, int steps);

/// Timesteps that a user gives.
/// Errors: std::invalid_argument unless there is one at least, each lies in 0 .. T-1, is less than
/// the one before, and with `whole` is a whole number.
std::vector<float> given_timesteps(const SchedulerConfig& config, const std::vector<double>& given,
                                   bool whole);

/// Noise levels that a user gives: those of the steps, and as the last one the level where the run
/// ends, 0 for a finished image. So n + 1 levels are n steps.
/// Errors: std::invalid_argument unless there are two at least, and each is a number from 0 on and
/// less than the one before.
const std::vector<double>& given_sigmas(const std::vector<double>& given);

}  // namespace sdxl
