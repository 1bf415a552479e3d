#include "sdxl/inspect/knobs/head_mute.h"

#include "sdxl/inspect/knobs/with_zeros.h"
#include "sdxl/text/clip_attention.h"
#include "sdxl/unet/attention.h"
#include "sdxl/vae/vae_attention.h"

namespace sdxl {

int64_t heads_of(const nn::Module& module) {
  if (const auto* layer = dynamic_cast<const Attention*>(&module)) return layer->heads();
  if (const auto* layer = dynamic_cast<const CLIPAttention*>(&module)) return layer->heads();
  return dynamic_cast<const VaeAttention*>(&module) ? 1 : 0;
}

Tensor HeadMute::replace(const nn::Module& module, const Tensor& output) {
  const std::string& path = module.path();
  if (!is_on() || !(path.ends_with(".to_v") || path.ends_with(".v_proj"))) return output;
  Tensor v = output;  // (N, S, C)
  for (const Head& h : heads_) {
    if (path != h.attention + ".to_v" && path != h.attention + ".v_proj") continue;
    meet(h.attention);
    const int64_t columns = v.dim(2) / h.heads;
    v = with_zeros(v, 2, h.head * columns, (h.head + 1) * columns);
  }
  return v;
}

}  // namespace sdxl
