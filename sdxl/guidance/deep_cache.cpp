#include "sdxl/guidance/deep_cache.h"

#include "sdxl/inspect/skips.h"
#include "sdxl/unet/embed_time.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Resnet i of a block, and the attention behind it if there is one.
Tensor run_layer(const nn::Module& block, size_t i, const Tensor& x, const Tensor& temb,
                 const Tensor& context) {
  const auto& attentions = items_of(block, "attentions");
  const auto& resnet = dynamic_cast<const ResnetBlock&>(*items_of(block, "resnets").at(i));
  const Tensor h = resnet.forward(x, temb);
  if (i >= attentions.size()) return h;
  return dynamic_cast<const Transformer2D&>(*attentions[i]).forward(h, context);
}

}  // namespace

DeepCache::DeepCache(const UNet2DConditionModel& unet, const DeepCacheOptions& options)
    : unet_(unet), options_(options) {
  const std::vector<Skip> skips = skips_of(unet);
  tensor::require(options.interval >= 1, "DeepCache: expected an interval of at least 1, got {}",
                  options.interval);
  tensor::require(options.branch >= 0 && options.branch < std::ssize(skips),
                  "DeepCache: {} has the skips 0 to {}; expected one of them, got {}", unet.path(),
                  skips.size() - 1, options.branch);
  const Skip& skip = skips[static_cast<size_t>(options.branch)];
  cut_ = skip.popped_by;
  skip_channels_ = skip.channels;
  for (int pushed = 0; pushed < options.branch;) {  // conv_in has pushed skip 0
    const nn::Module& block = unet.down_blocks[down_block_];
    const auto layers = static_cast<int>(items_of(block, "resnets").size());
    const auto samplers = static_cast<int>(items_of(block, "downsamplers").size());
    const bool is_whole = options.branch >= pushed + layers + samplers;
    down_layers_ = is_whole ? 0 : static_cast<size_t>(options.branch - pushed);
    if (!is_whole) break;
    pushed += layers + samplers;
    ++down_block_;
  }
  while (!cut_.starts_with(unet.up_blocks[up_block_].path() + ".")) ++up_block_;
  const auto& resnets = items_of(unet.up_blocks[up_block_], "resnets");
  while (resnets.at(up_layer_)->path() != cut_) ++up_layer_;
}

void DeepCache::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (module.path() != cut_) return;
  const Tensor& x = inputs.begin()->value;  // (N, C + C_skip, H, W)
  kept_ = slice(x, 1, 0, x.dim(1) - skip_channels_);
}

Tensor DeepCache::forward(const Tensor& sample, float timestep, const Conditioning& cond) {
  const bool runs_whole = step_++ % options_.interval == 0;
  return runs_whole ? unet_.forward(sample, timestep, cond) : run_outer(sample, timestep, cond);
}

Tensor DeepCache::run_outer(const Tensor& sample, float timestep, const Conditioning& cond) const {
  const UNet2DConditionModel& u = unet_;
  u.record_inputs(sample, timestep, cond);
  u.check_inputs(sample, cond);
  const std::vector<float> timesteps(sample.dim(0), timestep);
  const Tensor temb = embed_time(u.config(), u.time_embedding, u.add_embedding, timesteps, cond);

  // Down, as far as the layer that pushes the skip.
  SkipStack skips;
  Tensor h = u.conv_in.forward(u.with_concat(sample, cond));
  skips.push(h);
  for (size_t i = 0; i < down_block_; ++i) {
    h = u.down_blocks[i].forward(h, temb, cond.context, skips);
  }
  for (size_t i = 0; i < down_layers_; ++i) {
    h = run_layer(u.down_blocks[down_block_], i, h, temb, cond.context);
    skips.push(h);
  }
  const auto& control = cond.control.skips;
  skips.add({control.begin(), control.begin() + std::min(control.size(), skips.size())});
  // Up, from the resnet that takes it.
  h = kept_;
  const UpBlock& block = u.up_blocks[up_block_];
  for (size_t i = up_layer_; i < items_of(block, "resnets").size(); ++i) {
    h = run_layer(block, i, concat(h, skips.pop(), 1), temb, cond.context);
  }
  for (const nn::Module* upsampler : items_of(block, "upsamplers")) {
    const auto [height, width] = skips.size_above(h);
    h = dynamic_cast<const Upsample2D&>(*upsampler).forward(h, height, width);
  }
  h = block.record(h);
  for (size_t i = up_block_ + 1; i < u.up_blocks.size(); ++i) {
    h = u.up_blocks[i].forward(h, temb, cond.context, skips);
  }
  skips.expect_empty();
  return u.record(u.conv_out.forward(silu(u.conv_norm_out.forward(h))));
}

}  // namespace sdxl
