#pragma once

#include <string>
#include <vector>

namespace sdxl {

/// Ten steps that were optimised for a model, in place of evenly spaced ones.
/// diffusers: scheduling_utils.py, AysSchedules   paper: arXiv 2404.14507 (Align Your Steps)
struct AlignedSteps {
  std::string name;               // in the program
  std::vector<double> timesteps;  // 10
  std::vector<double> sigmas;     // 10, and 0 for the result
};

/// "ays" for SDXL, "ays-sd15" for Stable Diffusion 1.5.
const std::vector<AlignedSteps>& aligned_steps();

}  // namespace sdxl
