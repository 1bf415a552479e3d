#include "sdxl/scheduler/edm_dpm_solver_multistep.h"

#include "sdxl/scheduler/edm_precondition.h"
#include "sdxl/scheduler/original_sample.h"

namespace sdxl {

namespace {

SchedulerConfig supported(const SchedulerConfig& config) {
  if (config.algorithm_type == "dpmsolver" || config.algorithm_type == "sde-dpmsolver") {
    config.error("algorithm_type",
                 "expected dpmsolver++ or sde-dpmsolver++, got " + config.algorithm_type);
  }
  if (config.solver_order == 3 && config.algorithm_type == "sde-dpmsolver++") {
    config.error("solver_order", "expected 1 or 2 for sde-dpmsolver++, got 3");
  }
  return EdmPrecondition::defaults(config);
}

}  // namespace

EDMDPMSolverMultistepScheduler::EDMDPMSolverMultistepScheduler(const SchedulerConfig& config)
    : DPMSolverMultistepScheduler(supported(config)) {}

void EDMDPMSolverMultistepScheduler::set_timesteps(int steps) {
  const std::vector<float> sigmas = EdmPrecondition::sigmas(config_, steps);
  const bool ends_at_zero = config_.final_sigma == FinalSigma::zero;
  begin({EdmPrecondition::timesteps(sigmas), {sigmas.begin(), sigmas.end()}},
        ends_at_zero ? 0 : static_cast<float>(*config_.sigma_min));
}

void EDMDPMSolverMultistepScheduler::use_timesteps(const std::vector<double>& given) {
  Scheduler::use_timesteps(given);
}

NoiseLevel EDMDPMSolverMultistepScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float EDMDPMSolverMultistepScheduler::init_noise_sigma() const {
  return EdmPrecondition::init_noise_sigma(config_);
}

Tensor EDMDPMSolverMultistepScheduler::scale_model_input(const Tensor& sample, int i) const {
  return EdmPrecondition::input(config_, sample, sigmas_.at(i));
}

Tensor EDMDPMSolverMultistepScheduler::predict_original_sample(const Tensor& output, int i,
                                                               const Tensor& sample) const {
  return clip_original_sample(
      config_, EdmPrecondition::original_sample(config_, output, sample, sigmas_.at(i)));
}

}  // namespace sdxl
