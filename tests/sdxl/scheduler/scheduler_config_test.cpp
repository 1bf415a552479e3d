#include "sdxl/scheduler/scheduler_config.h"

#include <doctest/doctest.h>

#include "sdxl/scheduler/scheduler.h"
#include "tests/sdxl/scheduler/scheduler_golden.h"

using sdxl::make_scheduler;
using support::scheduler_config;

TEST_CASE("scheduler config: every field of SDXL's file is read and unused fields are allowed") {
  const sdxl::SchedulerConfig c = scheduler_config(R"({
      "_class_name": "EulerDiscreteScheduler", "_diffusers_version": "0.19.0.dev0",
      "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
      "clip_sample": false, "interpolation_type": "linear", "num_train_timesteps": 1000,
      "prediction_type": "epsilon", "sample_max_value": 1.0, "set_alpha_to_one": false,
      "skip_prk_steps": true, "steps_offset": 1, "timestep_spacing": "leading",
      "trained_betas": null, "use_karras_sigmas": null, "solver_order": 2, "sigma_min": null})");
  CHECK(c.class_name == "EulerDiscreteScheduler");
  CHECK(c.num_train_timesteps == 1000);
  CHECK(c.beta_schedule == sdxl::BetaSchedule::scaled_linear);
  CHECK(c.beta_start == 0.00085);
  CHECK(c.beta_end == 0.012);
  CHECK(c.trained_betas.empty());
  CHECK(c.timestep_spacing == sdxl::TimestepSpacing::leading);
  CHECK(c.steps_offset == 1);
  CHECK(c.sigma_spacing == sdxl::SigmaSpacing::timesteps);
  CHECK(c.clip_sample == false);
  CHECK(c.prediction_type == sdxl::PredictionType::epsilon);
  CHECK_FALSE(c.sigma_min.has_value());
}

TEST_CASE("scheduler config: a class that is not built is named without control characters") {
  CHECK_THROWS_WITH(make_scheduler(scheduler_config(R"({"_class_name": "\u001b[31mX"})")),
                    doctest::Contains("_class_name: \\x1b[31mX is not built here"));
}

TEST_CASE("scheduler config: Python's infinities are read, and refused where they would be used") {
  const sdxl::SchedulerConfig c = scheduler_config(
      R"({"lambda_min_clipped": -Infinity, "solver_type": "say \"NaN\", -Infinity", "beta_end": 0.5})");
  CHECK(c.beta_end == 0.5);
  CHECK_THROWS_WITH(scheduler_config(R"({"beta_end": Infinity})"),
                    "scheduler_config.json: beta_end: expected a number, got \"Infinity\"");
  CHECK_THROWS_WITH(scheduler_config(R"({"beta_end": "\)"),
                    doctest::Contains("does not parse as one"));
}

TEST_CASE("scheduler config: an absent field has the default of the scheduler that is built") {
  // Without timestep_spacing Euler takes linspace and DDPM takes leading.
  const sdxl::SchedulerConfig c = scheduler_config(R"({"_class_name": "EulerDiscreteScheduler"})");
  const auto euler = make_scheduler(c);
  euler->set_timesteps(2);
  CHECK(euler->timesteps() == std::vector<float>{999, 0});
  const auto ddpm = make_scheduler(c, "ddpm");
  ddpm->set_timesteps(2);
  CHECK(ddpm->timesteps() == std::vector<float>{500, 0});

  // Without clip_sample DDPM clips the predicted x_0 to 1: sqrt(alpha_bar_0) = 0.99995.
  const tensor::Tensor x = tensor::Tensor::full({1, 1, 1, 1}, 3);
  const tensor::Tensor none = tensor::Tensor::zeros({1, 1, 1, 1});
  sdxl::SeededNoise noise(0);
  CHECK(ddpm->step(none, 1, x, noise).at({0, 0, 0, 0}) == doctest::Approx(1));
}

TEST_CASE("scheduler config: impossible values are refused with file and field") {
  const auto message = [](const std::string& json) {
    try {
      scheduler_config(json);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message(R"({"beta_shedule": "linear"})") ==
        "scheduler_config.json: beta_shedule: no scheduler has such a field; is it misspelt? (did "
        "you mean beta_schedule?)");
  CHECK(message(R"({"beta_schedule": "sigmoid"})") ==
        "scheduler_config.json: beta_schedule: expected one of linear, scaled_linear, "
        "squaredcos_cap_v2; got sigmoid");
  CHECK(message(R"({"prediction_type": "velocity"})") ==
        "scheduler_config.json: prediction_type: expected one of epsilon, sample, v_prediction; "
        "got velocity");
  CHECK(message(R"({"timestep_spacing": "even"})").find("timestep_spacing: expected one of") !=
        std::string::npos);
  CHECK(message(R"({"num_train_timesteps": 0})") ==
        "scheduler_config.json: num_train_timesteps: expected a whole number from 1 to 1000000, "
        "got 0");
  CHECK(message(R"({"steps_offset": -1})").find("steps_offset: expected") != std::string::npos);
  CHECK(message(R"({"beta_end": 1.5})").find("beta_end: expected a number from") !=
        std::string::npos);
  CHECK(message(R"({"trained_betas": [0.1, 0.2]})") ==
        "scheduler_config.json: trained_betas: expected one for each of 1000 training steps, got "
        "2");
  CHECK(message(R"({"num_train_timesteps": 1, "trained_betas": [2.0]})") ==
        "scheduler_config.json: trained_betas: expected numbers between 0 and 1, got 2");
  CHECK(message(R"({"use_karras_sigmas": true, "use_beta_sigmas": true})").find("only one of") !=
        std::string::npos);
  CHECK(message(R"({"clip_sample": "yes"})").find("clip_sample: expected true or false") !=
        std::string::npos);
}

TEST_CASE("scheduler config: a user's settings replace those of the file") {
  using sdxl::ConfigReader;
  sdxl::SchedulerConfig c = scheduler_config(
      R"({"steps_offset": 1, "timestep_spacing": "leading", "use_karras_sigmas": true})");
  c.update(ConfigReader::parse(R"({"timestep_spacing": "trailing"})", "user"));
  CHECK(c.timestep_spacing == sdxl::TimestepSpacing::trailing);
  CHECK(c.steps_offset == 1);
  CHECK(c.sigma_spacing == sdxl::SigmaSpacing::karras);
  CHECK(c.path == "scheduler_config.json");
  c.update(
      ConfigReader::parse(R"({"use_karras_sigmas": false, "prediction_type": "sample"})", "u"));
  CHECK(c.sigma_spacing == sdxl::SigmaSpacing::timesteps);
  CHECK(c.prediction_type == sdxl::PredictionType::sample);
  c.update(ConfigReader::parse(R"({"use_exponential_sigmas": true})", "u"));
  CHECK_THROWS_WITH(c.update(ConfigReader::parse(R"({"use_karras_sigmas": true})", "user")),
                    doctest::Contains("user: use_karras_sigmas: only one of"));
}

TEST_CASE("scheduler config: unsupported features that change the result are refused") {
  CHECK_THROWS_WITH(scheduler_config(R"({"use_flow_sigmas": true})"),
                    "scheduler_config.json: use_flow_sigmas: expected false; it is for models "
                    "trained by flow matching, and no scheduler here samples these");
  CHECK_THROWS_WITH(scheduler_config(R"({"use_dynamic_shifting": true})"),
                    doctest::Contains("use_dynamic_shifting: expected false; it is for models"));
  CHECK_THROWS_WITH(scheduler_config(R"({"prediction_type": "flow_prediction"})"),
                    doctest::Contains("prediction_type: expected epsilon, sample or v_prediction"));
  CHECK_NOTHROW(scheduler_config(R"({"use_flow_sigmas": false, "flow_shift": 3.0})"));
  CHECK_THROWS_WITH(scheduler_config(R"({"solver_p": {"_class_name": "DDIMScheduler"}})"),
                    doctest::Contains("scheduler_config.json: solver_p: expected"));
  CHECK_THROWS_WITH(scheduler_config(R"({"lambda_min_clipped": -5.1})"),
                    doctest::Contains("scheduler_config.json: lambda_min_clipped: expected"));
}

TEST_CASE("scheduler config: a scheduler refuses the values that it does not support") {
  const auto build = [](const std::string& json, const std::string& name) {
    make_scheduler(scheduler_config(json), name);
  };
  CHECK_THROWS_WITH(build(R"({"interpolation_type": "log_linear"})", "euler"),
                    "scheduler_config.json: interpolation_type: expected linear, got log_linear");
  CHECK_THROWS_WITH(
      build(R"({"timestep_type": "continuous", "prediction_type": "v_prediction"})", "euler"),
      "scheduler_config.json: timestep_type: expected discrete, got continuous");
  CHECK_THROWS_WITH(build(R"({"variance_type": "fixed_large_log"})", "ddpm"),
                    "scheduler_config.json: variance_type: fixed_large_log takes a root of a "
                    "negative number; use fixed_large");
  CHECK_THROWS_WITH(build(R"({"algorithm_type": "dpmsolver"})", "dpmpp-2m"),
                    "scheduler_config.json: final_sigmas_type: expected sigma_min for dpmsolver, "
                    "which divides by sigma");
  CHECK_THROWS_WITH(build(R"({"algorithm_type": "rk45"})", "dpmpp-2m"),
                    doctest::Contains("algorithm_type: expected dpmsolver++, sde-dpmsolver++"));
  CHECK_THROWS_WITH(build(R"({"algorithm_type": "sde-dpmsolver++"})", "deis"),
                    doctest::Contains("algorithm_type: expected deis, dpmsolver or dpmsolver++"));
  CHECK_THROWS_WITH(build(R"({"predict_x0": false})", "unipc"),
                    "scheduler_config.json: final_sigmas_type: expected sigma_min without "
                    "predict_x0");
  CHECK_THROWS_WITH(build(R"({"lower_order_final": false})", "unipc"),
                    doctest::Contains("final_sigmas_type: expected sigma_min without lower_order"));
  for (const char* name : {"pndm", "kdpm2", "edm-euler", "edm-dpmpp-2m"}) {
    CHECK_THROWS_WITH(build(R"({"prediction_type": "sample"})", name),
                      "scheduler_config.json: prediction_type: expected epsilon or v_prediction, "
                      "got sample");
  }
  CHECK_THROWS_WITH(build(R"({"sigma_min": 3, "sigma_max": 2})", "edm-euler"),
                    "scheduler_config.json: sigma_min: expected no more than sigma_max");
  // They are leftovers to the other one.
  CHECK_NOTHROW(build(R"({"use_beta_sigmas": true, "interpolation_type": "log_linear"})", "ddpm"));
  CHECK_NOTHROW(build(R"({"variance_type": "fixed_large_log"})", "euler"));
}

TEST_CASE("scheduler config: schedulers are chosen by name or by the file's class") {
  const std::string names =
      "ddpm, ddim, pndm, euler, euler-ancestral, heun, kdpm2, dpmpp-2m, dpmpp-2m-ka"
      "rras, dpmpp-2m-sde, dpmpp-2m-sde-karras, dpmpp-3m, deis, unipc, edm-euler, edm-dpmpp-2m, "
      "lcm, tcd";
  const auto lms = scheduler_config(R"({"_class_name": "LMSDiscreteScheduler"})");
  CHECK_NOTHROW(make_scheduler(lms, "euler"));
  CHECK_THROWS_WITH(make_scheduler(lms),
                    ("scheduler_config.json: _class_name: "
                     "LMSDiscreteScheduler is not built here; those that are: " +
                     names + ". Choose one of them by its name")
                        .c_str());
  CHECK_THROWS_WITH(make_scheduler(lms, "hoin"),
                    ("no scheduler is named hoin; choose one of " + names).c_str());
}

TEST_CASE("scheduler config: a class of flow matching is named before its fields are read") {
  for (const std::string name : {"FlowMatchEulerDiscreteScheduler",
                                 "FlowMatchHeunDiscreteScheduler", "FlowMatchLCMScheduler"}) {
    CAPTURE(name);
    const auto config = scheduler_config(
        R"({"base_image_seq_len": 256, "shift": 3.0, "use_dynamic_shifting": true, "_class_name": ")" +
        name + "\"}");
    const std::string start = "scheduler_config.json: _class_name: " + name +
                              " is not built here; those that are: ddpm, ";
    CHECK_THROWS_WITH(make_scheduler(config), doctest::Contains(start.c_str()));
    CHECK_THROWS_WITH(make_scheduler(config, "euler"),
                      doctest::Contains("None of them samples a model trained by flow matching"));
  }
}

TEST_CASE("scheduler config: fields that no scheduler has are left out, as in diffusers") {
  const auto c = scheduler_config(
      R"({"_class_name": "EulerDiscreteScheduler", "s_churn": 0.5, "my_note": "x", "rho": 7.0})");
  CHECK(c.unknown_fields == std::vector<std::string>{"my_note", "s_churn"});
  CHECK_NOTHROW(make_scheduler(c));
  for (const std::string field : {"steps_ofset", "use_karas_sigmas", "prediction_typ"}) {
    CAPTURE(field);
    CHECK_THROWS_WITH(scheduler_config("{\"" + field + "\": 1}"),
                      doctest::Contains("is it misspelt? (did you mean"));
  }
}

TEST_CASE("scheduler config: DDPM checks the channels for its variance type") {
  const auto scheduler =
      make_scheduler(scheduler_config(R"({"variance_type": "learned_range"})"), "ddpm");
  scheduler->set_timesteps(2);
  const tensor::Tensor x = tensor::Tensor::zeros({1, 4, 2, 2});
  sdxl::SeededNoise noise(0);
  CHECK_THROWS_WITH(scheduler->step(x, 0, x, noise),
                    "DDPMScheduler: expects an output of 8 channels for a sample (1, 4, 2, 2), got "
                    "(1, 4, 2, 2)");
}
