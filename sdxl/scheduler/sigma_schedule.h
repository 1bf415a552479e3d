#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler_config.h"

namespace sdxl {

/// The noise levels of n steps, noisiest first, and their timesteps.
struct SigmaSchedule {
  std::vector<float> timesteps;
  std::vector<double> sigmas;
};

/// The spacing of the schedulers below: the config's, or linspace.
TimestepSpacing spacing_of(const SchedulerConfig& config);

/// The noise levels of `table`, training's, at these timesteps.
SigmaSchedule schedule_at(const std::vector<float>& table, const std::vector<float>& timesteps);

/// The timesteps of these noise levels, which may be fractional.
SigmaSchedule schedule_of(const std::vector<float>& table, const std::vector<double>& sigmas);

/// Euler's schedule, and Heun's: the noise levels at spaced timesteps, or a curve from the first to
/// the last of them. Timesteps may be fractional. The default spacing is linspace.
/// diffusers: scheduling_euler_discrete.py, set_timesteps
SigmaSchedule euler_schedule(const SchedulerConfig& config, const std::vector<float>& table,
                             int steps);

/// The schedule of DPM-Solver, DEIS and UniPC: n + 1 spaced timesteps without the last one, or a
/// curve over all of training's noise levels. Timesteps are whole; those of a Karras or Lu curve
/// are rounded, those of the others, or of all without `rounds_curve`, rounded down. The default
/// spacing is linspace.
/// Errors: std::invalid_argument unless 1 <= steps < T; with trailing spacing or a curve, steps <= T.
/// diffusers: scheduling_dpmsolver_multistep.py, set_timesteps
SigmaSchedule solver_schedule(const SchedulerConfig& config, const std::vector<float>& table,
                              int steps, bool rounds_curve = true);

/// Errors: std::invalid_argument where the noise levels follow a curve, which a list of timesteps
/// can't replace.
void expect_no_curve(const SchedulerConfig& config);

}  // namespace sdxl
