#include "sdxl/parity/perturbed_layers.h"

#include "sdxl/inspect/attention_maps.h"

namespace sdxl {

PerturbedLayers perturbed_layers(const Dump& dump, const nn::Module& unet) {
  PerturbedLayers found;
  for (const Attention* layer : attentions_of(unet, "attn1")) {
    const Tensor q = dump.output(layer->path() + ".to_q");
    const Tensor out = dump.output(layer->path());
    if (q.empty() || out.empty() || q.dim(0) >= out.dim(0)) continue;
    found.layers.push_back(layer->path_below_root());
    found.rows = out.dim(0) - q.dim(0);
  }
  return found;
}

}  // namespace sdxl
