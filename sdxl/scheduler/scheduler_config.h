#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// How beta grows over the training steps.
enum class BetaSchedule { linear, scaled_linear, squaredcos_cap_v2 };
/// How the timesteps of a run are spread over training's.
enum class TimestepSpacing { leading, trailing, linspace };
/// The noise levels of a sigma schedule: those of the timesteps, or a curve of their own.
enum class SigmaSpacing { timesteps, karras, exponential, beta, lu };
/// The noise level after the last step: none, or training's smallest.
enum class FinalSigma { zero, sigma_min };
/// What the UNet was trained to predict.
enum class PredictionType { epsilon, sample, v_prediction };
/// The variance of the fresh noise in a DDPM step.
enum class VarianceType {
  fixed_small,
  fixed_small_log,
  fixed_large,
  fixed_large_log,
  learned,
  learned_range
};

/// The fields of scheduler_config.json, for any scheduler.
///
/// A field that the file leaves out has the default that all schedulers share. Where their defaults
/// differ, the field is empty and the scheduler sets its own. So a file written for Euler can
/// configure DDPM, as diffusers' DDPMScheduler.from_config(euler.config) does. Fields that only
/// other schedulers have are read and not used. A field that no scheduler has is left out, as in
/// diffusers, and named in unknown_fields, unless it is nearly the name of one that a scheduler has.
///
/// diffusers: configuration_utils.py, ConfigMixin.extract_init_dict
struct SchedulerConfig {
  /// Of a class that samples by flow matching only the name is read: its fields mean other things,
  /// and make_scheduler refuses it.
  /// Errors: std::runtime_error naming file, field and value, for a field that looks misspelt, and
  /// for an impossible value.
  static SchedulerConfig read(const ConfigReader& reader);

  /// Replaces the fields that `reader` has: a user's own settings.
  /// Errors: as `read`.
  void update(const ConfigReader& reader);

  std::filesystem::path path;               // of the file, for messages
  std::string class_name;                   // of the scheduler that the file was written for
  std::vector<std::string> unknown_fields;  // of the file, which have no effect

  // Training's noise schedule.
  int64_t num_train_timesteps = 1000;
  std::optional<BetaSchedule> beta_schedule;  // linear; LCM has defaults of its own
  std::optional<double> beta_start;           // 0.0001
  std::optional<double> beta_end;             // 0.02
  std::vector<double> trained_betas;          // in place of the schedule, unless empty
  bool rescale_betas_zero_snr = false;

  // The timesteps and noise levels of a run.
  std::optional<TimestepSpacing> timestep_spacing;
  int64_t steps_offset = 0;
  SigmaSpacing sigma_spacing = SigmaSpacing::timesteps;
  std::optional<double> sigma_min;  // ends of a curve of noise levels
  std::optional<double> sigma_max;
  FinalSigma final_sigma = FinalSigma::zero;
  std::string interpolation_type = "linear";
  std::string timestep_type = "discrete";

  // A step.
  PredictionType prediction_type = PredictionType::epsilon;
  VarianceType variance_type = VarianceType::fixed_small;
  std::optional<bool> clip_sample;
  double clip_sample_range = 1.0;
  bool thresholding = false;
  double dynamic_thresholding_ratio = 0.995;
  double sample_max_value = 1.0;
  std::optional<bool> set_alpha_to_one;  // alpha_bar after the last step: 1, else training's first
  double eta = 0.0;  // DDIM's and TCD's share of fresh noise: an argument of the call

  // The multistep solvers: DPM-Solver, DEIS and UniPC.
  int64_t solver_order = 2;
  std::string algorithm_type = "dpmsolver++";
  std::string solver_type = "midpoint";
  std::optional<bool> lower_order_final;  // true; for DPM-Solver in single steps false
  bool euler_at_final = false;
  bool use_lu_lambdas = false;             // DPM-Solver's multistep alone
  bool predict_x0 = true;                  // UniPC alone
  std::vector<int64_t> disable_corrector;  // UniPC alone: after these steps

  // PNDM alone.
  bool skip_prk_steps = false;

  // EDM alone.
  double sigma_data = 0.5;
  double rho = 7.0;
  SigmaSpacing sigma_schedule = SigmaSpacing::karras;

  // LCM and TCD.
  int64_t original_inference_steps = 50;
  double timestep_scaling = 10.0;

  /// Throws std::runtime_error: file, field, message. For a value that a scheduler doesn't support.
  [[noreturn]] void error(const std::string& field, const std::string& message) const;
};

}  // namespace sdxl
