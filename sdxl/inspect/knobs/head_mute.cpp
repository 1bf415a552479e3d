#include "sdxl/inspect/knobs/head_mute.h"

#include "sdxl/inspect/knobs/with_zeros.h"
#include "sdxl/text/clip_attention.h"
#include "sdxl/unet/attention.h"
#include "sdxl/vae/vae_attention.h"

namespace sdxl {

namespace {

/// The values of an attention: to_v, in CLIP v_proj, and to_v_ip.K of IP-Adapters.
bool are_values_of(const std::string& attention, const std::string& path) {
  return path == attention + ".to_v" || path == attention + ".v_proj" ||
         path.starts_with(attention + ".processor.to_v_ip.");
}

}  // namespace

int64_t heads_of(const nn::Module& module) {
  if (const auto* layer = dynamic_cast<const Attention*>(&module)) return layer->heads();
  if (const auto* layer = dynamic_cast<const CLIPAttention*>(&module)) return layer->heads();
  return dynamic_cast<const VaeAttention*>(&module) ? 1 : 0;
}

Tensor HeadMute::replace(const nn::Module& module, const Tensor& output) {
  if (!is_on()) return output;
  Tensor v = output;  // (..., S, C)
  for (const Head& h : heads_) {
    if (!are_values_of(h.attention, module.path())) continue;
    meet(h.attention);
    const int64_t columns = v.dim(-1) / h.heads;
    v = with_zeros(v, v.shape().rank() - 1, h.head * columns, (h.head + 1) * columns);
  }
  return v;
}

}  // namespace sdxl
