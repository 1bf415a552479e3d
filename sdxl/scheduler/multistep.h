#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"
#include "sdxl/scheduler/sigma_schedule.h"

namespace sdxl {

/// The common part of DPM-Solver, DEIS and UniPC. They solve the probability-flow ODE for samples
/// x = alpha x_0 + sigma eps of preserved variance; a step of order k uses the UNet's last k
/// predictions, so the first steps of a run have a lower order.
class MultistepScheduler : public Scheduler {
 public:
  explicit MultistepScheduler(const SchedulerConfig& config);

  NoiseLevel level(int i) const override;

 protected:
  /// Starts a run: `final_sigma` is the noise level after the last step.
  void begin(const SigmaSchedule& schedule, float final_sigma);
  /// Adds a prediction to outputs_ and forgets those that no step needs.
  void remember(const Tensor& prediction);
  /// The order of step i: at most the number of predictions, and less for the last two of a short
  /// run. `ends_in_first_order`: the last step has order 1.
  int order_of(int i, bool ends_in_first_order) const;
  /// Whether a run is so short that its last steps have a lower order: lower_order_final and fewer
  /// than 15 steps.
  bool is_short() const;
  /// The noise level after the last step where the sigmas are those of timesteps.
  float final_sigma() const;

  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;  // sigma / alpha of the n steps, and of the sample after the last one
  std::vector<Tensor> outputs_;  // the last predictions, newest first
};

}  // namespace sdxl
