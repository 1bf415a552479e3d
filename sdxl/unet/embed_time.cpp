#include "sdxl/unet/embed_time.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The second term.  cond.pooled (N, P), cond.time_ids (N, 6) -> (N, 1280)
Tensor embed_text_and_sizes(const UNetConfig& config, const TimestepEmbedding& add_embedding,
                            const Conditioning& cond) {
  const auto [n, ids] = cond.time_ids.dims<2>();
  const std::vector<float> sizes(cond.time_ids.data(), cond.time_ids.data() + n * ids);
  Tensor s =
      tensor::sinusoidal_embedding(sizes, config.addition_time_embed_dim, config.flip_sin_to_cos,
                                   config.freq_shift);       // (N * 6, 256)
  s = s.reshape({n, ids * config.addition_time_embed_dim});  // (N, 1536)
  const Tensor text_and_sizes = concat(cond.pooled, s, 1);   // (N, 2816)
  return add_embedding.forward(text_and_sizes);              // (N, 1280)
}

}  // namespace

Tensor embed_time(const UNetConfig& config, const TimestepEmbedding& time_embedding,
                  const std::optional<TimestepEmbedding>& add_embedding,
                  const std::vector<float>& timesteps, const Conditioning& cond) {
  Tensor t = tensor::sinusoidal_embedding(timesteps, config.block_out_channels.front(),
                                          config.flip_sin_to_cos, config.freq_shift);  // (N, 320)
  t = time_embedding.forward(t, cond.timestep_cond);                                   // (N, 1280)
  return add_embedding ? t + embed_text_and_sizes(config, *add_embedding, cond) : t;
}

}  // namespace sdxl
