#include <cstdio>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/generate_options.h"
#include "sdxl/inspect/noise_levels.h"
#include "sdxl/scheduler/noise_schedule.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"

namespace cli {

namespace {

using tensor::Tensor;

struct ScheduleCommand {
  GenerateOptions generate;
  std::string tensors;
};

void print(const std::vector<float>& timesteps, const std::vector<sdxl::NoiseLevel>& levels) {
  std::printf("%5s %10s %10s %10s %14s\n", "step", "timestep", "signal", "noise", "noise / signal");
  for (size_t i = 0; i < levels.size(); ++i) {
    const sdxl::NoiseLevel& level = levels[i];
    std::printf("%5zu %10.6g %10.6f %10.6f %14.6f\n", i, timesteps[i], level.signal, level.noise,
                level.noise / level.signal);
  }
  std::fflush(stdout);
}

Tensor list(const std::vector<float>& values) {
  return Tensor::from({static_cast<int64_t>(values.size())}, values);
}

void write_tensors(const std::string& path, const sdxl::SchedulerConfig& config,
                   const std::vector<float>& timesteps,
                   const std::vector<sdxl::NoiseLevel>& levels) {
  std::vector<float> signal, noise;
  for (const sdxl::NoiseLevel& level : levels) {
    signal.push_back(level.signal);
    noise.push_back(level.noise);
  }
  tensor::io::write_safetensors(path, {{"timesteps", list(timesteps)},
                                       {"signal", list(signal)},
                                       {"noise", list(noise)},
                                       {"alpha_bars", list(alpha_bars(config))}});
}

void schedule(const ScheduleCommand& o) {
  if (!o.tensors.empty()) tensor::io::check_writable(o.tensors);
  sdxl::SchedulerConfig config = o.generate.model.open()->scheduler_config();
  o.generate.apply(config);
  const auto scheduler = sdxl::make_scheduler(config, o.generate.scheduler);
  set_schedule(*scheduler, o.generate.steps, o.generate.timesteps(), o.generate.sigmas());
  const std::vector<sdxl::NoiseLevel> levels = noise_levels(*scheduler);
  if (!o.tensors.empty()) write_tensors(o.tensors, config, scheduler->timesteps(), levels);
  print(scheduler->timesteps(), levels);
}

}  // namespace

void add_schedule(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "schedule", "Print the timesteps of a scheduler and the noise level of each");
  auto options = std::make_shared<ScheduleCommand>();
  options->generate.model.add_to(*command, {"scheduler-config"});
  options->generate.add_schedule_to(*command);
  command
      ->add_option("--tensors", options->tensors,
                   "Where timesteps, signal, noise and training's alpha_bars go")
      ->type_name("FILE");
  command->footer(
      "The sample at a step is signal x_0 + noise eps.\n"
      "Example: sdxl schedule --scheduler dpmpp-2m-karras --steps 25");
  command->callback([options, command] {
    options->generate.check_schedule(*command);
    schedule(*options);
  });
}

}  // namespace cli
