#include "sdxl/scheduler/scheduler.h"
#include "tests/fuzz/support/fuzz.h"

/// scheduler_config.json, and a run of the scheduler that it names.
void fuzz::test(std::string_view input) {
  expect_result_or_error("scheduler_config.json", [&] {
    const auto config = sdxl::SchedulerConfig::read(
        sdxl::ConfigReader::parse(std::string(input), "scheduler_config.json"));
    if (config.num_train_timesteps > 2000) return;  // the time grows with them
    expect_result_or_error("", [&] {
      const auto scheduler = sdxl::make_scheduler(config);
      scheduler->set_timesteps(3);
      sdxl::SeededNoise noise(0);
      tensor::Tensor sample = noise.draw({1, 4, 1, 1});
      for (int i = 0; i < static_cast<int>(scheduler->timesteps().size()); ++i) {
        const tensor::Tensor output = scheduler->scale_model_input(sample, i);
        sample = scheduler->step(output, i, sample, noise);
      }
      expect(sample.size() == 4, "a sample has another size");
    });
  });
}
