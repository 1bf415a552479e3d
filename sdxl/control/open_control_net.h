#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/control/control_net.h"

namespace sdxl {

/// A ControlNet for a model's UNet. `path` is a folder with config.json and weights, a file of
/// weights by diffusers' names, or a Control-LoRA. A file without a config.json beside it has the
/// sizes of the UNet. `name` is the root of its modules' paths, such as "controlnet".
/// Errors: std::runtime_error that says what the path holds when it is no ControlNet, and for one
/// of another model, such as Stable Diffusion 1; those of load_part.
/// diffusers: models/controlnets/controlnet.py, from_pretrained
std::shared_ptr<const ControlNet> open_control_net(const std::filesystem::path& path,
                                                   const std::string& variant,
                                                   const Checkpoint& base, const std::string& name);

}  // namespace sdxl
