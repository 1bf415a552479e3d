#pragma once

#include "nn/module.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// Errors: std::runtime_error for a file that holds no adapter, and for an adapter of a model
/// without a UNet such as FLUX, that says what it is.
void expect_adapter(const tensor::io::SafetensorsFile& file);

/// Errors: std::runtime_error for an adapter of a UNet whose cross-attentions take text features of
/// another width than this one's: of Stable Diffusion 1 (768) or 2 (1024), SDXL (2048) or its
/// refiner (1280).
void expect_same_family(const tensor::io::SafetensorsFile& file, const nn::Module& model);

/// " (its metadata says it is for X)", or "".
std::string base_in_metadata(const tensor::io::SafetensorsFile& file);

}  // namespace sdxl
