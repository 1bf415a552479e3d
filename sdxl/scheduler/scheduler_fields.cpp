#include "sdxl/scheduler/scheduler_fields.h"

#include <algorithm>

#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

// Every field of diffusers' schedulers for Gaussian diffusion. Those that SchedulerConfig does not
// read have no effect on the schedulers here.
const std::vector<std::string> known_fields = {
    "algorithm_type",
    "beta_end",
    "beta_schedule",
    "beta_start",
    "clip_sample",
    "clip_sample_range",
    "corrector_order",
    "disable_corrector",
    "dynamic_thresholding_ratio",
    "euler_at_final",
    "final_sigmas_type",
    "flow_shift",
    "interpolation_type",
    "lambda_min_clipped",
    "lower_order_final",
    "noise_sampler_seed",
    "num_train_timesteps",
    "original_inference_steps",
    "predict_x0",
    "prediction_type",
    "predictor_order",
    "rescale_betas_zero_snr",
    "rho",
    "sample_max_value",
    "set_alpha_to_one",
    "shift_terminal",
    "sigma_data",
    "sigma_max",
    "sigma_min",
    "sigma_schedule",
    "skip_prk_steps",
    "solver_order",
    "solver_p",
    "solver_type",
    "steps_offset",
    "tau_func",
    "thresholding",
    "time_shift_type",
    "timestep_scaling",
    "timestep_spacing",
    "timestep_type",
    "trained_betas",
    "use_beta_sigmas",
    "use_dynamic_shifting",
    "use_exponential_sigmas",
    "use_flow_sigmas",
    "use_karras_sigmas",
    "use_lu_lambdas",
    "variance_type",
};

}  // namespace

std::vector<std::string> unknown_scheduler_fields(const ConfigReader& reader) {
  std::vector<std::string> unknown;
  for (const std::string& field : reader.fields()) {
    if (field.starts_with("_") || std::ranges::count(known_fields, field) > 0) continue;
    const std::string hint = tensor::did_you_mean(field, known_fields);
    if (!hint.empty()) {
      reader.error(field, "no scheduler has such a field; is it misspelt?" + hint);
    }
    unknown.push_back(field);
  }
  return unknown;
}

bool is_flow_matching(const std::string& class_name) {
  return class_name.find("FlowMatch") != std::string::npos ||
         class_name.find("FlowMap") != std::string::npos;
}

void expect_no_flow_matching(const ConfigReader& reader) {
  for (const char* flag : {"use_flow_sigmas", "use_dynamic_shifting"}) {
    if (!reader.flag(flag, false)) continue;
    reader.error(flag,
                 "expected false; it is for models trained by flow matching, and no scheduler "
                 "here samples these");
  }
  if (reader.text("prediction_type", "") == "flow_prediction") {
    reader.error("prediction_type",
                 "expected epsilon, sample or v_prediction, got flow_prediction; no scheduler here "
                 "samples models trained by flow matching");
  }
}

}  // namespace sdxl
