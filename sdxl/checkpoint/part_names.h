#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "nn/weight_source.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/config_reader.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// How a file names the tensors of one component of a model.
struct PartNames {
  enum class Layout {
    diffusers,  // and transformers: our names; a text encoder's may lack "text_model."
    stability,  // of sgm: input_blocks, middle_block, output_blocks
    open_clip,  // of a text encoder: transformer.resblocks
  };
  std::string component;
  std::string prefix;  // before every name, such as "model.diffusion_model."
  Layout layout = Layout::diffusers;
};

/// The names of a component in a file that holds it alone or among others; nullopt if it holds
/// none. `component` is "unet", "vae" (an AutoencoderKL), "text_encoder" or "text_encoder_2".
///
///   unet             model.diffusion_model. or nothing, then input_blocks. or down_blocks.
///   vae              first_stage_model., vae. or nothing, then decoder.mid. or decoder.mid_block.
///   text_encoder     conditioner.embedders.0.transformer. (.model. in SD-Turbo),
///                    cond_stage_model.transformer., cond_stage_model.model. or nothing
///   text_encoder_2   conditioner.embedders.1.model. (0 in a refiner) or nothing
std::optional<PartNames> find_part(const tensor::io::SafetensorsFile& file,
                                   const std::string& component);
std::optional<PartNames> find_part(const std::filesystem::path& file, const std::string& component);

/// The component's weights under the names of the parameters of `model`, and all other tensors
/// below the prefix. They are views into the file, also the thirds of fused matrices; only what is
/// stored transposed is copied. Left out are position_ids, logit_scale and OpenCLIP's last layer and
/// projection where the model has none, as in Stable Diffusion 2.
/// Errors: std::runtime_error for a fused matrix that has no equal thirds.
nn::WeightSource part_weights(const tensor::io::SafetensorsFile& file, const PartNames& names,
                              const nn::Module& model);

/// True if a tensor of the file has a name that begins so.
bool any_begins(const tensor::io::SafetensorsFile& file, const std::string& front);

/// The config.json beside a file, if it is one of these classes.
std::optional<ConfigReader> config_beside(const std::filesystem::path& file,
                                          const std::vector<std::string>& classes);

}  // namespace sdxl
