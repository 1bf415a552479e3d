#pragma once

#include <string>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// The fields of a scheduler_config.json that no scheduler of diffusers for Gaussian diffusion has:
/// diffusers leaves them out, too.
/// Errors: std::runtime_error for a field that is nearly the name of a known one.
std::vector<std::string> unknown_scheduler_fields(const ConfigReader& reader);

/// Whether a scheduler of this class samples by flow matching, where a model predicts velocities
/// between noise and image. No scheduler here does.   paper: arXiv 2210.02747
bool is_flow_matching(const std::string& class_name);

/// Errors: std::runtime_error naming the field, for fields that turn a scheduler for Gaussian
/// diffusion into one for flow matching.
void expect_no_flow_matching(const ConfigReader& reader);

}  // namespace sdxl
