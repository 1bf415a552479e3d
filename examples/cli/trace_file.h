#pragma once

#include <string>

#include "nn/trace.h"
#include "tensor/io/safetensors.h"

namespace cli {

/// The parts of a model that can be traced by themselves.
enum class Component { unet, text_encoder, text_encoder_2, vae_encoder, vae_decoder };

/// The recorded outputs under the names that hooks on diffusers' modules give them today. Left out
/// are the whole model's own output and what stands for it: results are written under their names.
///
/// Why a text encoder's names differ from its weights': since version 5.6 transformers'
/// CLIPTextModel, the first encoder, has no "text_model" inside; the second one still has.
tensor::io::NamedTensors named_outputs(const nn::Recorder& recorder, Component component);

}  // namespace cli
