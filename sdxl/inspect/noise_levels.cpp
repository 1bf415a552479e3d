#include "sdxl/inspect/noise_levels.h"

namespace sdxl {

std::vector<NoiseLevel> noise_levels(const Scheduler& scheduler) {
  std::vector<NoiseLevel> levels;
  for (size_t i = 0; i < scheduler.timesteps().size(); ++i) {
    levels.push_back(scheduler.level(static_cast<int>(i)));
  }
  return levels;
}

}  // namespace sdxl
