#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdxl/parity/component.h"

namespace sdxl {

/// The inputs of a component in a safetensors file. An input is looked up under these names, in
/// this order:
///
///   NAME                        a file of these inputs only
///   inputs/COMPONENT/NAME       a dump of examples/parity/dump_diffusers.py
///   inputs/PATH/ARGUMENT        a trace of `generate --trace-inputs`; vae_decoder's sample is z of
///                               vae.decoder, or x of vae.post_quant_conv where the model has one,
///                               and image_embeds.K that of the UNet's K-th image projector
///
/// and below refiner. where the run had two models. In a trace of several steps the inputs of a UNet
/// and a ControlNet are those of `step`.
/// Errors, when an input is read: std::runtime_error for one that is absent, with the names that
/// are there or the steps to choose from, and for NaN.
ComponentInputs inputs_in_file(const std::filesystem::path& file, const std::string& component,
                               bool is_refiner, std::optional<int64_t> step);

}  // namespace sdxl
