#include "sdxl/scheduler/scheduler.h"

#include "sdxl/scheduler/ddim.h"
#include "sdxl/scheduler/ddpm.h"
#include "sdxl/scheduler/deis_multistep.h"
#include "sdxl/scheduler/dpm_solver_multistep.h"
#include "sdxl/scheduler/edm_dpm_solver_multistep.h"
#include "sdxl/scheduler/edm_euler.h"
#include "sdxl/scheduler/euler_ancestral.h"
#include "sdxl/scheduler/euler_discrete.h"
#include "sdxl/scheduler/heun_discrete.h"
#include "sdxl/scheduler/kdpm2_discrete.h"
#include "sdxl/scheduler/lcm.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/pndm.h"
#include "sdxl/scheduler/scheduler_fields.h"
#include "sdxl/scheduler/tcd.h"
#include "sdxl/scheduler/unipc_multistep.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

template <class Kind>
std::unique_ptr<Scheduler> make(const SchedulerConfig& config) {
  return std::make_unique<Kind>(config);
}

/// A name for a scheduler together with some of its settings.
std::unique_ptr<Scheduler> make_dpmpp_karras(const SchedulerConfig& config) {
  SchedulerConfig karras = config;
  karras.sigma_spacing = SigmaSpacing::karras;
  return make<DPMSolverMultistepScheduler>(karras);
}

std::unique_ptr<Scheduler> make_dpmpp_sde(const SchedulerConfig& config) {
  SchedulerConfig sde = config;
  sde.algorithm_type = "sde-dpmsolver++";
  return make<DPMSolverMultistepScheduler>(sde);
}

std::unique_ptr<Scheduler> make_dpmpp_sde_karras(const SchedulerConfig& config) {
  SchedulerConfig karras = config;
  karras.sigma_spacing = SigmaSpacing::karras;
  return make_dpmpp_sde(karras);
}

std::unique_ptr<Scheduler> make_dpmpp_3m(const SchedulerConfig& config) {
  SchedulerConfig third = config;
  third.solver_order = 3;
  return make<DPMSolverMultistepScheduler>(third);
}

struct Entry {
  std::string name;        // in the program
  std::string class_name;  // in scheduler_config.json
  std::unique_ptr<Scheduler> (*make)(const SchedulerConfig& config);
};

const std::vector<Entry> schedulers = {
    {"ddpm", "DDPMScheduler", make<DDPMScheduler>},
    {"ddim", "DDIMScheduler", make<DDIMScheduler>},
    {"pndm", "PNDMScheduler", make<PNDMScheduler>},
    {"euler", "EulerDiscreteScheduler", make<EulerDiscreteScheduler>},
    {"euler-ancestral", "EulerAncestralDiscreteScheduler", make<EulerAncestralDiscreteScheduler>},
    {"heun", "HeunDiscreteScheduler", make<HeunDiscreteScheduler>},
    {"kdpm2", "KDPM2DiscreteScheduler", make<KDPM2DiscreteScheduler>},
    {"dpmpp-2m", "DPMSolverMultistepScheduler", make<DPMSolverMultistepScheduler>},
    {"dpmpp-2m-karras", "", make_dpmpp_karras},
    {"dpmpp-2m-sde", "", make_dpmpp_sde},
    {"dpmpp-2m-sde-karras", "", make_dpmpp_sde_karras},
    {"dpmpp-3m", "", make_dpmpp_3m},
    {"deis", "DEISMultistepScheduler", make<DEISMultistepScheduler>},
    {"unipc", "UniPCMultistepScheduler", make<UniPCMultistepScheduler>},
    {"edm-euler", "EDMEulerScheduler", make<EDMEulerScheduler>},
    {"edm-dpmpp-2m", "EDMDPMSolverMultistepScheduler", make<EDMDPMSolverMultistepScheduler>},
    {"lcm", "LCMScheduler", make<LCMScheduler>},
    {"tcd", "TCDScheduler", make<TCDScheduler>},
};

std::string known_names() {
  std::string names;
  for (const std::string& name : scheduler_names()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

void Scheduler::use_timesteps(const std::vector<double>&) {
  throw std::invalid_argument(
      "timesteps: this scheduler chooses its own; those that take given ones are ddpm, euler, "
      "heun, "
      "dpmpp, lcm and tcd");
}

void Scheduler::use_sigmas(const std::vector<double>&) {
  throw std::invalid_argument(
      "sigmas: this scheduler chooses its own; the one that takes given ones is euler");
}

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
  const bool is_flow = is_flow_matching(config.class_name);
  for (const Entry& entry : schedulers) {
    const bool is_match = name.empty() ? entry.class_name == config.class_name : entry.name == name;
    if (is_match && !is_flow && (!name.empty() || !config.class_name.empty())) {
      return entry.make(config);
    }
  }
  if (is_flow) {
    config.error("_class_name",
                 tensor::format("{} is not built here; those that are: {}. None of them samples a "
                                "model trained by flow matching",
                                config.class_name, known_names()));
  }
  if (name.empty()) {
    config.error(
        "_class_name",
        tensor::format("{} is not built here; those that are: {}. Choose one of them by its name",
                       config.class_name.empty() ? "no class" : config.class_name, known_names()));
  }
  throw std::invalid_argument(
      tensor::format("no scheduler is named {}; choose one of {}", name, known_names()));
}

void set_schedule(Scheduler& scheduler, int steps, const std::vector<double>& timesteps,
                  const std::vector<double>& sigmas) {
  tensor::require(timesteps.empty() || sigmas.empty(),
                  "timesteps and sigmas exclude each other; expected one of them");
  if (!timesteps.empty()) return scheduler.use_timesteps(timesteps);
  if (!sigmas.empty()) return scheduler.use_sigmas(sigmas);
  scheduler.set_timesteps(steps);
}

}  // namespace sdxl
