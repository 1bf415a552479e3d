#pragma once

#include "tensor/io/safetensors.h"

namespace sdxl {

/// The models that a single file may hold.
enum class ModelKind { sdxl_base, sdxl_refiner, sd_1, sd_2 };

/// Which model a file in Stability's layout holds. Its UNet decides first: only SDXL's have an
/// embedding of sizes, label_emb. Then the text encoders:
///
///   label_emb   conditioner.embedders.1.                SDXL base, with two text encoders
///               conditioner.embedders.0.model.          its refiner, with OpenCLIP's alone
///   none        cond_stage_model.transformer.           Stable Diffusion 1, with CLIP-L
///               cond_stage_model.model., or conditioner.embedders.0.model. as in SD-Turbo
///                                                       Stable Diffusion 2, with OpenCLIP's
///
/// A file without text encoders is known by the width of the text features: 2048, 1280, 768, 1024.
///
/// Errors: std::runtime_error naming what else the file holds: SD3, FLUX, a LoRA, a ControlNet, one
/// component of a model alone.
/// diffusers: loaders/single_file_utils.py, infer_diffusers_model_type
ModelKind identify(const tensor::io::SafetensorsFile& file);

/// The full name, such as "Stable Diffusion XL base".
std::string name_of(ModelKind kind);

}  // namespace sdxl
