#include "sdxl/scheduler/timestep_spacing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

#include "sdxl/scheduler/linspace.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

std::vector<double> leading(int64_t train_steps, int steps, int64_t offset) {
  const int64_t stride = train_steps / steps;
  std::vector<double> timesteps;
  for (int k = steps - 1; k >= 0; --k) {
    timesteps.push_back(static_cast<double>(k * stride + offset));
  }
  return timesteps;
}

std::vector<double> trailing(int64_t train_steps, int steps) {
  const double from = static_cast<double>(train_steps);
  const double stride = from / steps;
  tensor::require(std::ceil(from / stride) == steps,
                  "set_timesteps: with trailing spacing, {} of {} steps round to one step too many "
                  "in the reference; choose one more or one less",
                  steps, train_steps);
  const double rounded_stride = from - (from - stride);  // numpy.arange counts by this
  std::vector<double> timesteps;
  for (int k = 0; k < steps; ++k) {
    timesteps.push_back(std::nearbyint(from - k * rounded_stride) - 1);
  }
  return timesteps;
}

std::vector<double> backwards(std::vector<double> values) {
  std::ranges::reverse(values);
  return values;
}

void require_decreasing(const char* what, const std::vector<double>& values) {
  const auto rises = std::ranges::adjacent_find(values, std::less_equal<>());
  if (rises == values.end()) return;
  tensor::require(false, "{}: expected each to be less than the one before, got {} after {}", what,
                  *std::next(rises), *rises);
}

}  // namespace

void require_steps(int steps, int64_t most) {
  tensor::require(steps >= 1 && steps <= most, "set_timesteps: expects 1 to {} steps, got {}", most,
                  steps);
}

std::vector<double> spaced_timesteps(const SchedulerConfig& config, TimestepSpacing spacing,
                                     int steps) {
  require_steps(steps, config.num_train_timesteps);
  switch (spacing) {
    case TimestepSpacing::leading:
      return leading(config.num_train_timesteps, steps, config.steps_offset);
    case TimestepSpacing::trailing:
      return trailing(config.num_train_timesteps, steps);
    case TimestepSpacing::linspace:
      return backwards(linspace(0, static_cast<double>(config.num_train_timesteps - 1), steps));
  }
  return {};
}

std::vector<float> whole_timesteps(const SchedulerConfig& config, TimestepSpacing spacing,
                                   int steps) {
  const std::vector<double> spaced = spaced_timesteps(config, spacing, steps);
  tensor::require(spaced.front() < static_cast<double>(config.num_train_timesteps),
                  "set_timesteps: {} steps begin at timestep {}, but training had only {}; take "
                  "fewer steps, or a smaller steps_offset",
                  steps, spaced.front(), config.num_train_timesteps);
  std::vector<float> timesteps;
  for (const double t : spaced) {
    timesteps.push_back(static_cast<float>(std::nearbyint(t)));
  }
  return timesteps;
}

std::vector<float> distilled_timesteps(const SchedulerConfig& config, int steps) {
  const int64_t original = config.original_inference_steps;
  require_steps(steps, original);
  const int64_t stride = config.num_train_timesteps / original;
  std::vector<float> timesteps;
  for (int step = 0; step < steps; ++step) {
    const double place = static_cast<double>(step) * (static_cast<double>(original) / steps);
    const auto index = static_cast<int64_t>(std::floor(place));
    timesteps.push_back(static_cast<float>((original - index) * stride - 1));
  }
  return timesteps;
}

std::vector<float> given_timesteps(const SchedulerConfig& config, const std::vector<double>& given,
                                   bool whole) {
  tensor::require(!given.empty(), "timesteps: expected at least one");
  const auto last = static_cast<double>(config.num_train_timesteps - 1);
  for (const double t : given) {
    tensor::require(t >= 0 && t <= last, "timesteps: expected numbers from 0 to {}, got {}", last,
                    t);
    tensor::require(!whole || t == std::floor(t),
                    "timesteps: this scheduler takes whole numbers, got {}", t);
  }
  require_decreasing("timesteps", given);
  return {given.begin(), given.end()};
}

const std::vector<double>& given_sigmas(const std::vector<double>& given) {
  tensor::require(given.size() >= 2,
                  "sigmas: expected at least two, the last one where the run ends, got {}",
                  given.size());
  for (const double sigma : given) {
    tensor::require(sigma >= 0 && std::isfinite(sigma),
                    "sigmas: expected numbers from 0 on, got {}", sigma);
  }
  require_decreasing("sigmas", given);
  return given;
}

}  // namespace sdxl
