#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// A step of a schedule: the sample there is x = signal x_0 + noise eps.
struct NoiseLevel {
  float timestep, signal, noise;
};

/// The levels of a scheduler's timesteps, as its add_noise has them: signal and noise are cosine
/// and sine in DDPM's way, 1 and sigma in Euler's. Their quotient compares all schedulers.
std::vector<NoiseLevel> noise_levels(const Scheduler& scheduler);

}  // namespace sdxl
