#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sdxl/scheduler/scheduler_config.h"

namespace cli {

/// The options that choose the noise levels of a run and the solver between them.
struct ScheduleOptions {
  int steps = 50;                              // of given timesteps or noise levels: their number
  std::string scheduler;                       // a name of ours; empty: the model's own
  std::vector<std::string> scheduler_options;  // "field=value"
  double eta = 0.0;
  std::string given_timesteps, given_sigmas;  // numbers with commas between; empty: not given

  void add_schedule_to(CLI::App& command);
  /// Sets the number of steps where timesteps or noise levels are given.
  /// Errors: CLI::ValidationError where --steps is another number.
  void check_schedule(const CLI::App& command);
  std::vector<double> timesteps() const;
  std::vector<double> sigmas() const;

  /// Sets the options in a model's config.
  /// Errors: std::runtime_error for options that the scheduler doesn't have;
  /// std::invalid_argument for a schedule that it can't take.
  void apply(sdxl::SchedulerConfig& config) const;
  /// What a user should hear of a model's config and these options, a sentence each.
  std::vector<std::string> notes(const sdxl::SchedulerConfig& config) const;
};

}  // namespace cli
