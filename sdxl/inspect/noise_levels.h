#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// The noise levels of a scheduler's timesteps. The quotient noise / signal is the same for both
/// kinds of samples (see NoiseLevel), and so compares all schedulers.
std::vector<NoiseLevel> noise_levels(const Scheduler& scheduler);

}  // namespace sdxl
