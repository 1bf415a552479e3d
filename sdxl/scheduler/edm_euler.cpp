#include "sdxl/scheduler/edm_euler.h"

#include "sdxl/scheduler/edm_precondition.h"
#include "tensor/ops.h"

namespace sdxl {

EDMEulerScheduler::EDMEulerScheduler(const SchedulerConfig& config)
    : Scheduler(EdmPrecondition::defaults(config)) {}

void EDMEulerScheduler::set_timesteps(int steps) {
  sigmas_ = EdmPrecondition::sigmas(config_, steps);
  timesteps_ = EdmPrecondition::timesteps(sigmas_);
  sigmas_.push_back(config_.final_sigma == FinalSigma::zero ? 0 : sigmas_.back());
}

NoiseLevel EDMEulerScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float EDMEulerScheduler::init_noise_sigma() const {
  return EdmPrecondition::init_noise_sigma(config_);
}

Tensor EDMEulerScheduler::scale_model_input(const Tensor& sample, int i) const {
  return EdmPrecondition::input(config_, sample, sigmas_.at(i));
}

Tensor EDMEulerScheduler::predict_original_sample(const Tensor& output, int i,
                                                  const Tensor& sample) const {
  return EdmPrecondition::original_sample(config_, output, sample, sigmas_.at(i));
}

Tensor EDMEulerScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource&) {
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor d = (sample - x0) / sigmas_.at(i);
  return sample + (sigmas_.at(i + 1) - sigmas_.at(i)) * d;
}

}  // namespace sdxl
