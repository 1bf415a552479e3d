#include "sdxl/scheduler/multistep.h"

#include <algorithm>

#include "sdxl/scheduler/noise_schedule.h"

namespace sdxl {

MultistepScheduler::MultistepScheduler(const SchedulerConfig& config)
    : Scheduler(config), training_sigmas_(training_sigmas(config)) {}

NoiseLevel MultistepScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i)).normalized();
}

void MultistepScheduler::begin(const SigmaSchedule& schedule, float final_sigma) {
  timesteps_ = schedule.timesteps;
  sigmas_.assign(schedule.sigmas.begin(), schedule.sigmas.end());
  sigmas_.push_back(final_sigma);
  outputs_.clear();
}

void MultistepScheduler::remember(const Tensor& prediction) {
  outputs_.insert(outputs_.begin(), prediction);
  const auto kept = std::min(outputs_.size(), static_cast<size_t>(config_.solver_order));
  outputs_.resize(kept);
}

int MultistepScheduler::order_of(int i, bool ends_in_first_order) const {
  const int left = steps() - i;  // with this one
  if (left == 1 && ends_in_first_order) return 1;
  const auto order = static_cast<int>(outputs_.size());
  return left == 2 && is_short() ? std::min(order, 2) : order;
}

bool MultistepScheduler::is_short() const {
  return config_.lower_order_final.value_or(true) && steps() < 15;
}

float MultistepScheduler::final_sigma() const {
  return config_.final_sigma == FinalSigma::zero ? 0 : training_sigmas_.front();
}

}  // namespace sdxl
