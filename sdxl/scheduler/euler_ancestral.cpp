#include "sdxl/scheduler/euler_ancestral.h"

#include <cmath>

#include "tensor/ops.h"

namespace sdxl {

namespace {

SchedulerConfig ancestral(SchedulerConfig config) {
  if (config.prediction_type == PredictionType::sample) {
    config.error("prediction_type", "expected epsilon or v_prediction, got sample");
  }
  config.sigma_spacing = SigmaSpacing::timesteps;
  config.final_sigma = FinalSigma::zero;
  config.interpolation_type = "linear";
  config.timestep_type = "discrete";
  return config;
}

}  // namespace

EulerAncestralDiscreteScheduler::EulerAncestralDiscreteScheduler(const SchedulerConfig& config)
    : EulerDiscreteScheduler(ancestral(config)) {}

void EulerAncestralDiscreteScheduler::use_timesteps(const std::vector<double>& given) {
  Scheduler::use_timesteps(given);  // as in diffusers, not Euler's
}

void EulerAncestralDiscreteScheduler::use_sigmas(const std::vector<double>& given) {
  Scheduler::use_sigmas(given);
}

Tensor EulerAncestralDiscreteScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                             NoiseSource& noise) {
  const float sigma = level(i).noise;
  const float next = level(i + 1).noise;
  const float up = std::sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
  const float down = std::sqrt(next * next - up * up);

  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor d = (sample - x0) / sigma;
  const Tensor x = sample + (down - sigma) * d;
  return x + up * noise.draw(sample.shape());
}

}  // namespace sdxl
