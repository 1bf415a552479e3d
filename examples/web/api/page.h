#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tensor/image/image.h"
#include "tensor/tensor.h"

namespace web {

/// Calls the page's functions while a run goes on: Module.onOutput(path, shape, address) and
/// Module.onStep(facts, address of the pixels, height, width). What lies at the addresses must be copied
/// before they return.
void show_output(const std::string& path, const tensor::Tensor& output);
void show_step(const nlohmann::json& facts, const tensor::Image& preview);

}  // namespace web
