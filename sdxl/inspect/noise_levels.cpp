#include "sdxl/inspect/noise_levels.h"

namespace sdxl {

std::vector<NoiseLevel> noise_levels(const Scheduler& scheduler) {
  const Tensor one = Tensor::full({1, 1, 1, 1}, 1.0f);
  const Tensor zero = Tensor::zeros({1, 1, 1, 1});
  std::vector<NoiseLevel> levels;
  for (size_t i = 0; i < scheduler.timesteps().size(); ++i) {
    const auto step = static_cast<int>(i);
    const float signal = *scheduler.add_noise(one, zero, step).data();
    const float noise = *scheduler.add_noise(zero, one, step).data();
    levels.push_back({scheduler.timesteps()[i], signal, noise});
  }
  return levels;
}

}  // namespace sdxl
