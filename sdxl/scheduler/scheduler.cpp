#include "sdxl/scheduler/scheduler.h"

#include "sdxl/scheduler/ddim.h"
#include "sdxl/scheduler/ddpm.h"
#include "sdxl/scheduler/dpm_solver_multistep.h"
#include "sdxl/scheduler/euler_ancestral.h"
#include "sdxl/scheduler/euler_discrete.h"
#include "sdxl/scheduler/lcm.h"
#include "sdxl/scheduler/original_sample.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

template <class Kind>
std::unique_ptr<Scheduler> make(const SchedulerConfig& config) {
  return std::make_unique<Kind>(config);
}

/// A name for a scheduler together with one of its settings.
std::unique_ptr<Scheduler> make_dpmpp_karras(const SchedulerConfig& config) {
  SchedulerConfig karras = config;
  karras.sigma_spacing = SigmaSpacing::karras;
  return make<DPMSolverMultistepScheduler>(karras);
}

struct Entry {
  std::string name;        // in the program
  std::string class_name;  // in scheduler_config.json
  std::unique_ptr<Scheduler> (*make)(const SchedulerConfig& config);
};

const std::vector<Entry> schedulers = {
    {"ddpm", "DDPMScheduler", make<DDPMScheduler>},
    {"ddim", "DDIMScheduler", make<DDIMScheduler>},
    {"euler", "EulerDiscreteScheduler", make<EulerDiscreteScheduler>},
    {"euler-ancestral", "EulerAncestralDiscreteScheduler", make<EulerAncestralDiscreteScheduler>},
    {"dpmpp-2m", "DPMSolverMultistepScheduler", make<DPMSolverMultistepScheduler>},
    {"dpmpp-2m-karras", "", make_dpmpp_karras},
    {"lcm", "LCMScheduler", make<LCMScheduler>},
};

std::string known_names() {
  std::string names;
  for (const std::string& name : scheduler_names()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

Tensor Scheduler::scale_model_input(const Tensor& sample, int i) const {
  return sample / level(i).deviation();
}

Tensor Scheduler::predict_original_sample(const Tensor& output, int i, const Tensor& sample) const {
  return clip_original_sample(
      config_, sdxl::predict_original_sample(config_.prediction_type, output, sample, level(i)));
}

Tensor Scheduler::add_noise(const Tensor& original, const Tensor& eps, int i) const {
  const auto [signal, noise] = level(i);
  return signal * original + noise * eps;
}

std::vector<std::string> scheduler_names() {
  std::vector<std::string> names;
  for (const Entry& entry : schedulers) {
    names.push_back(entry.name);
  }
  return names;
}

std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config, const std::string& name) {
  for (const Entry& entry : schedulers) {
    const bool is_match = name.empty() ? entry.class_name == config.class_name : entry.name == name;
    if (is_match && (!name.empty() || !config.class_name.empty())) {
      return entry.make(config);
    }
  }
  if (name.empty()) {
    config.error(
        "_class_name",
        tensor::format("{} is not built here; choose a scheduler by name: {}",
                       config.class_name.empty() ? "no class" : config.class_name, known_names()));
  }
  throw std::invalid_argument(
      tensor::format("no scheduler is named {}; choose one of {}", name, known_names()));
}

}  // namespace sdxl
