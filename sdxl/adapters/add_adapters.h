#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// An adapter to use, and the factor of its change.
struct AdapterChoice {
  std::filesystem::path file;
  double scale = 1.0;
};

/// Adds adapters to a model's UNet and text encoders. Nothing is merged: the weights stay mapped,
/// and each adapter computes beside its layers. A LoRA is two layers of its own:
///
///   y = W x + b + s B (A x)
///
/// with DoRA's magnitude y = g (W x + s B (A x)) + b, g = m / |W + s B A|. A LoHa or LoKr makes the
/// change of the weight at each call: y = W x + b + s dW x. Several adapters add up in their order.
///
/// The adapters are named "default", "default_1", "default_2" ...: to_q.lora_A.default in a trace.
/// One of scale 0 is checked, and not added: no bit changes.
/// Errors: those of AdapterFile. The model may then have adapters of the files before.
/// diffusers: loaders/lora_pipeline.py, load_lora_weights; set_adapters
void add_adapters(StableDiffusionXL& model, const std::vector<AdapterChoice>& choices);

/// The same for one component alone. The files' tensors for other components have no effect.
void add_adapters(const nn::Module& model, const std::string& component,
                  const std::vector<AdapterChoice>& choices);

/// Removes all adapters of a model.
void remove_adapters(StableDiffusionXL& model);

}  // namespace sdxl
