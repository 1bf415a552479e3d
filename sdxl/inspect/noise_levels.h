#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// The noise levels of a scheduler's timesteps. All schedulers can be compared by noise / signal,
/// because it is the same for both kinds of samples: see NoiseLevel.
std::vector<NoiseLevel> noise_levels(const Scheduler& scheduler);

}  // namespace sdxl
