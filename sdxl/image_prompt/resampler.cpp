#include "sdxl/image_prompt/resampler.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

constexpr auto no_bias = nn::Linear::Bias::no;
constexpr int64_t head_size = 64;
constexpr float eps = 1e-5f;

}  // namespace

ResamplerAttention::ResamplerAttention(const nn::Slot& slot, const ProjectorConfig& c)
    : Module(slot),
      to_q(child("to_q"), c.hidden, c.inner, no_bias),
      to_k(child("to_k"), c.hidden, c.inner, no_bias),
      to_v(child("to_v"), c.hidden, c.inner, no_bias),
      to_out(child("to_out.0"), c.inner, c.hidden, no_bias),
      heads_(c.inner / head_size) {}

Tensor ResamplerAttention::forward(const Tensor& latents, const Tensor& context) const {
  record_inputs({{"x", latents}, {"context", context}});
  const Tensor q = to_q.forward(latents);  // (M, T, inner)
  const Tensor k = to_k.forward(context);  // (M, S, inner)
  const Tensor v = to_v.forward(context);
  Tensor h = scaled_dot_product_attention(q, k, v, heads_);
  h = to_out.forward(h);  // (M, T, H)
  return record(h);
}

ResamplerGelu::ResamplerGelu(const nn::Slot& slot, const ProjectorConfig& c)
    : Module(slot), proj(child("proj"), c.hidden, c.ff_inner, no_bias) {}

Tensor ResamplerGelu::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  return record(gelu(proj.forward(x)));
}

ResamplerMlp::ResamplerMlp(const nn::Slot& slot, const ProjectorConfig& c)
    : Module(slot),
      net_0(child("net.0"), c),
      net_2(child("net.2"), c.ff_inner, c.hidden, no_bias) {}

Tensor ResamplerMlp::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = net_0.forward(x);  // (M, T, 4 H)
  h = net_2.forward(h);         // (M, T, H)
  return record(h);
}

ResamplerBlock::ResamplerBlock(const nn::Slot& slot, const ProjectorConfig& c)
    : Module(slot),
      ln0(child("ln0"), c.hidden, eps),
      ln1(child("ln1"), c.hidden, eps),
      attn(child("attn"), c),
      ff_0(child("ff.0"), c.hidden, eps),
      ff_1(child("ff.1"), c) {}

Tensor ResamplerBlock::forward(const Tensor& image, const Tensor& latents) const {
  record_inputs({{"x", image}, {"latents", latents}});
  const Tensor x = ln0.forward(image);    // (M, S, H)
  const Tensor z = ln1.forward(latents);  // (M, T, H)
  Tensor h = attn.forward(z, concat(x, z, 1));
  h = h + latents;

  Tensor y = ff_0.forward(h);
  y = ff_1.forward(y);
  h = y + h;
  return record(h);
}

Resampler::Resampler(const nn::Slot& slot, const ProjectorConfig& c)
    : ImageProjector(slot),
      latents(this, "latents", {1, c.tokens, c.hidden}),
      proj_in(child("proj_in"), c.inputs, c.hidden),
      proj_out(child("proj_out"), c.hidden, c.channels),
      norm_out(child("norm_out"), c.channels, eps),
      layers(child("layers")),
      inputs_(c.inputs) {
  for (int64_t i = 0; i < c.depth; ++i) layers.add(c);
}

Tensor Resampler::forward(const Tensor& x) const {
  record_inputs({{"image_embeds", x}});
  const auto images = static_cast<size_t>(x.dim(0));
  Tensor h = concat(std::vector<Tensor>(images, latents.to_tensor()), 0);  // (M, T, H)
  const Tensor image = proj_in.forward(x);                                 // (M, S, H)
  for (const ResamplerBlock& block : layers) h = block.forward(image, h);
  h = proj_out.forward(h);  // (M, T, C)
  return record(norm_out.forward(h));
}

}  // namespace sdxl
