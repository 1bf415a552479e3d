#pragma once

#include <string>
#include <vector>

#include "sdxl/parity/dump.h"

namespace sdxl {

/// The self-attentions that ran perturbed in a dump of perturbed-attention guidance, by path below
/// the root, and the number of perturbed rows.
struct PerturbedLayers {
  std::vector<std::string> layers;
  int64_t rows = 0;
};

/// A perturbed layer's to_q ran without the batch's last rows: its output has fewer than the
/// layer's. -> empty for a dump without any.
PerturbedLayers perturbed_layers(const Dump& dump, const nn::Module& unet);

}  // namespace sdxl
