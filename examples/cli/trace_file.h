#pragma once

#include "nn/trace.h"
#include "tensor/io/safetensors.h"

namespace cli {

/// The tensors of a trace file: the outputs under their modules' paths, then the inputs, if the
/// recorder keeps them, as "inputs/PATH/NAME".
tensor::io::NamedTensors named_tensors(const nn::Recorder& recorder);

}  // namespace cli
