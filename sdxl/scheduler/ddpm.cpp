#include "sdxl/scheduler/ddpm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

DDPMScheduler::DDPMScheduler(const SchedulerConfig& config)
    : Scheduler(clipped_by_default(config)), alpha_bars_(alpha_bars(config)) {
  if (config.variance_type == VarianceType::fixed_large_log) {
    config.error("variance_type",
                 "fixed_large_log takes a root of a negative number; "
                 "use fixed_large");
  }
}

void DDPMScheduler::set_timesteps(int steps) {
  const TimestepSpacing spacing = config_.timestep_spacing.value_or(TimestepSpacing::leading);
  timesteps_ = whole_timesteps(config_, spacing, steps);
  check_terminal_snr(config_, level(0), timesteps_.front());
}

void DDPMScheduler::use_timesteps(const std::vector<double>& given) {
  timesteps_ = given_timesteps(config_, given, true);
  check_terminal_snr(config_, level(0), timesteps_.front());
}

NoiseLevel DDPMScheduler::level(int i) const {
  return NoiseLevel::variance_preserving(alpha_bar(static_cast<size_t>(i)));
}

Tensor DDPMScheduler::predict_original_sample(const Tensor& output, int i,
                                              const Tensor& sample) const {
  return Scheduler::predict_original_sample(split_output(output, sample).first, i, sample);
}

Tensor DDPMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const float alpha_bar_t = alpha_bar(i);
  const float alpha_bar_next = alpha_bar(i + 1);
  const float alpha = alpha_bar_t / alpha_bar_next;
  const float beta = 1 - alpha;
  const Tensor x0 = predict_original_sample(output, i, sample);  // eq. 15

  // The posterior, eq. 7: its mean, then noise of its variance.
  const float x0_share = std::sqrt(alpha_bar_next) * beta / (1 - alpha_bar_t);
  const float sample_share = std::sqrt(alpha) * (1 - alpha_bar_next) / (1 - alpha_bar_t);
  const Tensor mean = x0_share * x0 + sample_share * sample;
  if (timesteps_.at(i) == 0) return mean;

  const float variance = (1 - alpha_bar_next) / (1 - alpha_bar_t) * beta;
  const Tensor z = noise.draw(sample.shape());
  const Tensor predicted_variance = split_output(output, sample).second;
  return mean + deviation(variance, beta, predicted_variance) * z;
}

float DDPMScheduler::alpha_bar(size_t i) const {
  if (i == timesteps_.size()) return 1;
  return alpha_bars_.at(static_cast<size_t>(timesteps_.at(i)));
}

std::pair<Tensor, Tensor> DDPMScheduler::split_output(const Tensor& output,
                                                      const Tensor& sample) const {
  const bool predicts_variance = config_.variance_type == VarianceType::learned ||
                                 config_.variance_type == VarianceType::learned_range;
  const int64_t channels = predicts_variance ? 2 * sample.dim(1) : sample.dim(1);
  tensor::require(output.dim(1) == channels,
                  "DDPMScheduler: expects an output of {} channels for a sample {}, got {}",
                  channels, sample.shape(), output.shape());
  return predicts_variance ? split_half(output, 1) : std::pair(output, Tensor());
}

Tensor DDPMScheduler::deviation(float posterior, float beta, const Tensor& predicted) const {
  const float small = std::max(posterior, 1e-20f);
  switch (config_.variance_type) {
    case VarianceType::fixed_small:
    case VarianceType::fixed_small_log:
      return Tensor::full({1, 1, 1, 1}, std::sqrt(small));
    case VarianceType::fixed_large:
    case VarianceType::fixed_large_log:
      return Tensor::full({1, 1, 1, 1}, std::sqrt(beta));
    case VarianceType::learned:
      return sqrt(predicted);
    case VarianceType::learned_range:
      break;
  }
  // Between the small variance and the large one, in logarithms: arXiv 2102.09672, eq. 15.
  const float log_small = std::log(small);
  const float log_large = std::log(beta);
  const Tensor share = (predicted + 1.0f) / 2.0f;
  return exp(0.5f * ((log_large - log_small) * share + log_small));
}

}  // namespace sdxl
