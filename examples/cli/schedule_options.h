#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sdxl/scheduler/scheduler_config.h"

namespace cli {

/// The options that choose the noise levels of a run and the solver between them.
struct ScheduleOptions {
  int steps = 50;
  std::string scheduler;                       // a name of ours; empty: the model's own
  std::vector<std::string> scheduler_options;  // "field=value"
  double eta = 0.0;

  void add_schedule_to(CLI::App& command);
  /// Sets the options in a model's config.
  /// Errors: std::runtime_error for options that the scheduler doesn't have.
  void apply(sdxl::SchedulerConfig& config) const;
};

}  // namespace cli
