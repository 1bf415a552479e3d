#pragma once

#include <string>

#include "nn/trace.h"
#include "tensor/io/safetensors.h"

namespace cli {

/// The recorded outputs under the names that hooks on diffusers' modules give them today. Left out
/// are the whole model's own output and what stands for it: results are written under their names.
tensor::io::NamedTensors named_outputs(const nn::Recorder& recorder, const std::string& component);

}  // namespace cli
