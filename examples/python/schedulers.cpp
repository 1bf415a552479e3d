// The schedulers.
#include "examples/python/bind.h"
#include "sdxl/inspect/noise_levels.h"
#include "sdxl/scheduler/scheduler.h"

namespace glassbox {

namespace {

using namespace sdxl;  // NOLINT: the classes that are bound

void bind_scheduler(nb::module_& m) {
  nb::class_<SchedulerConfig>(m, "SchedulerConfig", header_comment("SchedulerConfig"))
      .def(nb::new_([](const nb::dict& config) {
             return SchedulerConfig::read(reader_of(config, "the config"));
           }),
           "config"_a)
      .def(
          "updated",
          [](const SchedulerConfig& self, const nb::dict& fields) {
            SchedulerConfig changed = self;
            changed.update(reader_of(fields, "the scheduler's settings"));
            if (!changed.unknown_fields.empty() && self.unknown_fields != changed.unknown_fields) {
              throw std::invalid_argument(changed.unknown_fields.back() +
                                          ": no scheduler has such a field");
            }
            return changed;
          },
          "fields"_a, "A copy with other values of some fields.")
      .def_ro("class_name", &SchedulerConfig::class_name)
      .def_ro("num_train_timesteps", &SchedulerConfig::num_train_timesteps);
  nb::class_<Scheduler>(m, "Scheduler", header_comment("Scheduler"))
      .def(
          nb::new_([](const SchedulerConfig& config, const std::string& name) {
            return make_scheduler(config, name);
          }),
          "config"_a, "name"_a = "",
          "By the program's name, such as \"euler\" or \"dpmpp-2m-karras\"; \"\": the one that the "
          "config is written for.")
      .def(
          "set_timesteps",
          [](Scheduler& self, int steps, const std::vector<double>& timesteps,
             const std::vector<double>& sigmas) { set_schedule(self, steps, timesteps, sigmas); },
          "num_inference_steps"_a, nb::kw_only(), "timesteps"_a = std::vector<double>{},
          "sigmas"_a = std::vector<double>{})
      .def_prop_ro("timesteps", &Scheduler::timesteps, "The timesteps, noisiest first.")
      .def_prop_ro("order", &Scheduler::order)
      .def_prop_ro("init_noise_sigma", &Scheduler::init_noise_sigma)
      .def_prop_ro(
          "levels",
          [](const Scheduler& self) {
            std::vector<std::pair<float, float>> levels;
            for (const NoiseLevel& level : noise_levels(self)) {
              levels.emplace_back(level.signal, level.noise);
            }
            return levels;
          },
          "(signal, noise) of each timestep: the sample there is signal x_0 + noise eps.")
      .def(
          "scale_model_input",
          [](const Scheduler& self, const Array& sample, int i) {
            return self.scale_model_input(needed(sample, "sample"), i);
          },
          "sample"_a, "i"_a)
      .def(
          "step",
          [](Scheduler& self, const Array& output, int i, const Array& sample, NoiseSource* noise) {
            SeededNoise zero(0);
            return self.step(needed(output, "output"), i, needed(sample, "sample"),
                             noise ? *noise : zero);
          },
          "output"_a, "i"_a, "sample"_a, "noise"_a.none() = nb::none(),
          "Step number i: the sample at timesteps[i] becomes that at timesteps[i + 1].")
      .def(
          "add_noise",
          [](const Scheduler& self, const Array& original, const Array& eps, int i) {
            return self.add_noise(needed(original, "original"), needed(eps, "eps"), i);
          },
          "original"_a, "eps"_a, "i"_a)
      .def(
          "predict_original_sample",
          [](const Scheduler& self, const Array& output, int i, const Array& sample) {
            return self.predict_original_sample(needed(output, "output"), i,
                                                needed(sample, "sample"));
          },
          "output"_a, "i"_a, "sample"_a);
}

}  // namespace

void bind_schedulers(nb::module_& m) {
  bind_scheduler(m);
  m.def("scheduler_names", &scheduler_names, "The names of all schedulers.");
}

}  // namespace glassbox
