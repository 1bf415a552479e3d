#pragma once

#include "nn/module_list.h"
#include "nn/parameter.h"
#include "sdxl/image_prompt/image_projection.h"

namespace sdxl {

/// Attention of the latents to the image and to themselves.
///
///   q, k, v = to_q(latents), to_k(context), to_v(context)
///   out     = to_out(softmax(q k^T / sqrt(64)) v)           for each head of 64; no biases
///
/// latents (M, T, H), context (M, S, H) -> (M, T, H)
/// diffusers: models/attention_processor.py, Attention
class ResamplerAttention : public nn::Module {
 public:
  ResamplerAttention(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& latents, const Tensor& context) const;

 private:
  nn::Linear to_q;
  nn::Linear to_k;
  nn::Linear to_v;
  nn::Linear to_out;  // "to_out.0"
  int64_t heads_;
};

/// A linear layer with GELU behind it. diffusers: models/activations.py, GELU
class ResamplerGelu : public nn::Module {
 public:
  ResamplerGelu(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Linear proj;
};

/// The MLP: H to 4 H, GELU, back to H; no biases. diffusers: models/attention.py, FeedForward
class ResamplerMlp : public nn::Module {
 public:
  ResamplerMlp(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  ResamplerGelu net_0;
  nn::Linear net_2;  // diffusers keeps a dropout as "net.1"
};

/// One block.
///
///   x, z    = ln0(image), ln1(latents)
///   latents = latents + attn(z, concat(x, z))
///   out     = latents + ff.1(ff.0(latents))
///
/// image (M, S, H), latents (M, T, H) -> (M, T, H)
/// diffusers: models/embeddings.py, IPAdapterPlusImageProjectionBlock
class ResamplerBlock : public nn::Module {
 public:
  ResamplerBlock(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& image, const Tensor& latents) const;

 private:
  nn::LayerNorm ln0;
  nn::LayerNorm ln1;
  ResamplerAttention attn;
  nn::LayerNorm ff_0;
  ResamplerMlp ff_1;
};

/// The perceiver of IP-Adapter Plus: T learned latents read the image's patches, the hidden states
/// of the encoder's last layer but one.
///
///   image   = proj_in(x)
///   latents = block(image, latents)                         for each block
///   out     = norm_out(proj_out(latents))
///
/// x (M, S, D) -> (M, T, C)
/// diffusers: models/embeddings.py, IPAdapterPlusImageProjection
/// paper: arXiv 2204.14198 (Flamingo), section 2.1 (the perceiver resampler)
class Resampler : public ImageProjector {
 public:
  Resampler(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& x) const override;
  bool takes_hidden_states() const override { return true; }
  int64_t inputs() const override { return inputs_; }

 private:
  nn::Parameter latents;  // (1, T, H)
  nn::Linear proj_in;
  nn::Linear proj_out;
  nn::LayerNorm norm_out;
  nn::ModuleList<ResamplerBlock> layers;
  int64_t inputs_;
};

}  // namespace sdxl
