#pragma once

#include <string>

#include "nn/module.h"

namespace support {

/// "" when a model's parameters are those of tests/names/<list>.txt, name for name and shape for
/// shape; else the first differences.
std::string compare_names(const nn::Module& model, const std::string& list);

/// The sum of all parameters' sizes.
int64_t count_parameters(const nn::Module& model);

}  // namespace support
