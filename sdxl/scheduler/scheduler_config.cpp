#include "sdxl/scheduler/scheduler_config.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sdxl/scheduler/scheduler_fields.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

const Choices<BetaSchedule> beta_schedules = {
    {"linear", BetaSchedule::linear},
    {"scaled_linear", BetaSchedule::scaled_linear},
    {"squaredcos_cap_v2", BetaSchedule::squaredcos_cap_v2},
};
const Choices<TimestepSpacing> timestep_spacings = {
    {"leading", TimestepSpacing::leading},
    {"trailing", TimestepSpacing::trailing},
    {"linspace", TimestepSpacing::linspace},
};
const Choices<FinalSigma> final_sigmas = {
    {"zero", FinalSigma::zero},
    {"sigma_min", FinalSigma::sigma_min},
};
const Choices<SigmaSpacing> sigma_schedules = {
    {"karras", SigmaSpacing::karras},
    {"exponential", SigmaSpacing::exponential},
};
const Choices<PredictionType> prediction_types = {
    {"epsilon", PredictionType::epsilon},
    {"sample", PredictionType::sample},
    {"v_prediction", PredictionType::v_prediction},
};
const Choices<VarianceType> variance_types = {
    {"fixed_small", VarianceType::fixed_small}, {"fixed_small_log", VarianceType::fixed_small_log},
    {"fixed_large", VarianceType::fixed_large}, {"fixed_large_log", VarianceType::fixed_large_log},
    {"learned", VarianceType::learned},         {"learned_range", VarianceType::learned_range},
};
const Choices<SigmaSpacing> sigma_spacing_flags = {
    {"use_karras_sigmas", SigmaSpacing::karras},
    {"use_exponential_sigmas", SigmaSpacing::exponential},
    {"use_beta_sigmas", SigmaSpacing::beta},
};

template <class Value>
Value read_choice(const ConfigReader& reader, std::string_view field, const Choices<Value>& choices,
                  Value fallback) {
  if (!reader.has(field)) return fallback;
  const std::string text = reader.text(field, "");
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names += (names.empty() ? "" : ", ") + name;
  }
  reader.error(field, tensor::format("expected one of {}; got {}", names, text));
}

SigmaSpacing read_sigma_spacing(const ConfigReader& reader, SigmaSpacing spacing) {
  for (const auto& [field, value] : sigma_spacing_flags) {
    if (spacing == value && !reader.flag(field, true)) spacing = SigmaSpacing::timesteps;
  }
  for (const auto& [field, value] : sigma_spacing_flags) {
    if (!reader.flag(field, false)) continue;
    if (spacing != SigmaSpacing::timesteps && spacing != value) {
      reader.error(field,
                   "only one of use_karras_sigmas, use_exponential_sigmas and "
                   "use_beta_sigmas can be true");
    }
    spacing = value;
  }
  return spacing;
}

std::vector<double> read_betas(const ConfigReader& reader, std::vector<double> fallback) {
  if (!reader.has("trained_betas")) return fallback;
  const std::vector<double> betas = reader.numbers("trained_betas");
  for (const double beta : betas) {
    if (beta > 0 && beta < 1) continue;
    reader.error("trained_betas", tensor::format("expected numbers between 0 and 1, got {}", beta));
  }
  return betas;
}

}  // namespace

SchedulerConfig SchedulerConfig::read(const ConfigReader& reader) {
  SchedulerConfig config;
  config.path = reader.path();
  config.class_name = reader.class_name();
  if (!is_flow_matching(config.class_name)) config.update(reader);
  return config;
}

void SchedulerConfig::update(const ConfigReader& reader) {
  for (const std::string& field : unknown_scheduler_fields(reader)) unknown_fields.push_back(field);
  expect_no_flow_matching(reader);
  reader.expect_text("lambda_min_clipped", {"-Infinity"});
  reader.expect_null("solver_p");

  num_train_timesteps = reader.integer("num_train_timesteps", {1, 1'000'000}, num_train_timesteps);
  if (reader.has("beta_schedule")) {
    beta_schedule = read_choice(reader, "beta_schedule", beta_schedules, {});
  }
  if (reader.has("beta_start")) beta_start = reader.number("beta_start", {1e-12, 0.999}, 0);
  if (reader.has("beta_end")) beta_end = reader.number("beta_end", {1e-12, 0.999}, 0);
  trained_betas = read_betas(reader, trained_betas);
  if (!trained_betas.empty() && static_cast<int64_t>(trained_betas.size()) != num_train_timesteps) {
    reader.error("trained_betas",
                 tensor::format("expected one for each of {} training steps, got {}",
                                num_train_timesteps, trained_betas.size()));
  }
  rescale_betas_zero_snr = reader.flag("rescale_betas_zero_snr", rescale_betas_zero_snr);

  if (reader.has("timestep_spacing")) {
    timestep_spacing = read_choice(reader, "timestep_spacing", timestep_spacings, {});
  }
  steps_offset = reader.integer("steps_offset", {0, num_train_timesteps}, steps_offset);
  sigma_spacing = read_sigma_spacing(reader, sigma_spacing);
  if (reader.has("sigma_min")) sigma_min = reader.number("sigma_min", {1e-6, 1e6}, 0);
  if (reader.has("sigma_max")) sigma_max = reader.number("sigma_max", {1e-6, 1e6}, 0);
  final_sigma = read_choice(reader, "final_sigmas_type", final_sigmas, final_sigma);
  interpolation_type = reader.text("interpolation_type", interpolation_type);
  timestep_type = reader.text("timestep_type", timestep_type);

  prediction_type = read_choice(reader, "prediction_type", prediction_types, prediction_type);
  variance_type = read_choice(reader, "variance_type", variance_types, variance_type);
  if (reader.has("clip_sample")) clip_sample = reader.flag("clip_sample", true);
  clip_sample_range = reader.number("clip_sample_range", {1e-6, 1e6}, clip_sample_range);
  thresholding = reader.flag("thresholding", thresholding);
  dynamic_thresholding_ratio =
      reader.number("dynamic_thresholding_ratio", {0, 1}, dynamic_thresholding_ratio);
  sample_max_value = reader.number("sample_max_value", {1e-6, 1e6}, sample_max_value);
  if (reader.has("set_alpha_to_one")) set_alpha_to_one = reader.flag("set_alpha_to_one", true);

  solver_order = reader.integer("solver_order", {1, 3}, solver_order);
  algorithm_type = reader.text("algorithm_type", algorithm_type);
  solver_type = reader.text("solver_type", solver_type);
  if (reader.has("lower_order_final")) lower_order_final = reader.flag("lower_order_final", true);
  euler_at_final = reader.flag("euler_at_final", euler_at_final);
  use_lu_lambdas = reader.flag("use_lu_lambdas", use_lu_lambdas);
  predict_x0 = reader.flag("predict_x0", predict_x0);
  if (reader.has("disable_corrector")) {
    disable_corrector = reader.integers("disable_corrector", {0, 1'000'000});
  }
  skip_prk_steps = reader.flag("skip_prk_steps", skip_prk_steps);

  sigma_data = reader.number("sigma_data", {1e-6, 1e6}, sigma_data);
  rho = reader.number("rho", {1e-3, 1e3}, rho);
  sigma_schedule = read_choice(reader, "sigma_schedule", sigma_schedules, sigma_schedule);

  original_inference_steps =
      reader.integer("original_inference_steps", {1, 1'000'000}, original_inference_steps);
  timestep_scaling = reader.number("timestep_scaling", {1e-6, 1e6}, timestep_scaling);
}

void SchedulerConfig::error(const std::string& field, const std::string& message) const {
  tensor::fail("{}: {}: {}", path.string(), field, tensor::printable(message, 600));
}

}  // namespace sdxl
