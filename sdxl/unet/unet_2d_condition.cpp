#include "sdxl/unet/unet_2d_condition.h"

#include <string>
#include <vector>

#include "nn/optional_layer.h"
#include "sdxl/image_prompt/image_attention.h"
#include "sdxl/unet/block_configs.h"
#include "sdxl/unet/embed_time.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

const nn::Conv2d::Options same_size = {.kernel = 3, .padding = tensor::Padding::all(1)};

/// The residual of a skip; empty without one.
const Tensor& skip_of(const ControlResiduals& control, size_t i) {
  static const Tensor none;
  return i < control.skips.size() ? control.skips[i] : none;
}

}  // namespace

UNet2DConditionModel::UNet2DConditionModel(const nn::Slot& slot, const UNetConfig& c)
    : Module(slot),
      config_(c),
      conv_in(child("conv_in"), c.in_channels, c.block_out_channels.front(), same_size),
      time_embedding(child("time_embedding"), c.block_out_channels.front(), c.time_embed_dim(),
                     c.time_cond_proj_dim),
      add_embedding(nn::layer_if<TimestepEmbedding>(c.text_time_embedding, child("add_embedding"),
                                                    c.projection_class_embeddings_input_dim,
                                                    c.time_embed_dim())),
      down_blocks(child("down_blocks")),
      mid_block(nn::layer_if<MidBlock2DCrossAttn>(
          c.mid_block_type != BlockType::none, child("mid_block"), mid_resnet_config(c),
          transformer_config(c, c.levels() - 1), c.mid_block_type == BlockType::cross_attention)),
      up_blocks(child("up_blocks")),
      conv_norm_out(child("conv_norm_out"), c.norm_num_groups, c.block_out_channels.front(),
                    c.norm_eps),
      conv_out(child("conv_out"), c.block_out_channels.front(), c.out_channels, same_size) {
  add_down_blocks(down_blocks, c);
  for (size_t i = 0; i < c.levels(); ++i) {
    const UpBlockConfig block = up_block_config(c, c.levels() - 1 - i);
    if (c.up_block_types[i] == BlockType::cross_attention) {
      up_blocks.add<CrossAttnUpBlock2D>(block);
    } else {
      up_blocks.add<UpBlock2D>(block);
    }
  }
}

Tensor UNet2DConditionModel::forward(const Tensor& sample, float timestep,
                                     const Conditioning& cond) const {
  record_inputs(sample, timestep, cond);
  check_inputs(sample, cond);
  const ImageTokensInUse images(tokens_of(cond.images));  // of IP-Adapters, if there are any

  // 1. Timestep, pooled text and sizes: one vector that every ResnetBlock receives.
  const std::vector<float> timesteps(sample.dim(0), timestep);
  const Tensor temb =
      embed_time(config_, time_embedding, add_embedding, timesteps, cond);  // (N, 1280)

  // 2. Down: halve the resolution, push the skips.
  SkipStack skips;
  Tensor h = with_concat(sample, cond);  // (N, 4 or 9, H, W)
  h = conv_in.forward(h);                // (N, 320, H, W)
  skips.push(h);
  for (const DownBlock& block : down_blocks) {
    h = block.forward(h, temb, cond.context, skips);
  }
  skips.add(cond.control.skips);  // of ControlNets, if there are any

  // 3. Middle: the lowest resolution. Segmind-Vega has none.
  if (mid_block) h = mid_block->forward(h, temb, cond.context);
  h = with_control(h, cond.control.mid);

  // 4. Up: double the resolution, pop the skips, newest first.
  for (const UpBlock& block : up_blocks) {
    h = block.forward(h, temb, cond.context, skips);
  }
  skips.expect_empty();

  // 5. Out: back to four latent channels, the predicted noise.
  h = silu(conv_norm_out.forward(h));
  h = conv_out.forward(h);  // (N, 4, H, W)
  return record(h);
}

Tensor UNet2DConditionModel::with_control(const Tensor& h, const Tensor& control) {
  return control.empty() ? h : h + control;
}

ImageProjectors& UNet2DConditionModel::image_projectors() {
  if (!encoder_hid_proj_) {
    encoder_hid_proj_ = std::make_unique<ImageProjectors>(child("encoder_hid_proj"));
  }
  return *encoder_hid_proj_;
}

std::vector<ImageTokens> UNet2DConditionModel::tokens_of(
    const std::vector<ImageCondition>& images) const {
  tensor::require(encoder_hid_proj_ || images.empty(),
                  "UNet2DConditionModel: images are for IP-Adapters; this one has none, got {}",
                  images.size());
  return encoder_hid_proj_ ? encoder_hid_proj_->forward(images) : std::vector<ImageTokens>();
}

Tensor UNet2DConditionModel::with_concat(const Tensor& sample, const Conditioning& cond) {
  return cond.concat.empty() ? sample : concat(sample, cond.concat, 1);
}

void UNet2DConditionModel::record_inputs(const Tensor& sample, float timestep,
                                         const Conditioning& cond) const {
  const ControlResiduals& control = cond.control;
  Module::record_inputs({{"sample", sample},
                         {"timestep", Tensor::full({1}, timestep)},
                         {"encoder_hidden_states", cond.context},
                         {"text_embeds", cond.pooled},
                         {"time_ids", cond.time_ids},
                         {"timestep_cond", cond.timestep_cond},
                         {"concat", cond.concat},
                         {"mid_block_additional_residual", control.mid},
                         // of as many skips as the largest published UNets have
                         {"down_block_additional_residuals.0", skip_of(control, 0)},
                         {"down_block_additional_residuals.1", skip_of(control, 1)},
                         {"down_block_additional_residuals.2", skip_of(control, 2)},
                         {"down_block_additional_residuals.3", skip_of(control, 3)},
                         {"down_block_additional_residuals.4", skip_of(control, 4)},
                         {"down_block_additional_residuals.5", skip_of(control, 5)},
                         {"down_block_additional_residuals.6", skip_of(control, 6)},
                         {"down_block_additional_residuals.7", skip_of(control, 7)},
                         {"down_block_additional_residuals.8", skip_of(control, 8)},
                         {"down_block_additional_residuals.9", skip_of(control, 9)},
                         {"down_block_additional_residuals.10", skip_of(control, 10)},
                         {"down_block_additional_residuals.11", skip_of(control, 11)}});
}

void UNet2DConditionModel::check_inputs(const Tensor& sample, const Conditioning& cond) const {
  const UNetConfig& c = config_;
  const bool is_image = sample.shape().rank() == 4 && sample.size() > 0;
  tensor::require(is_image && (sample.dim(1) == c.in_channels || !cond.concat.empty()),
                  "UNet2DConditionModel expects sample (N, {}, H, W), got {}", c.in_channels,
                  sample.shape());
  const auto [n, channels, height, width] = sample.dims<4>();
  const bool has_concat = cond.concat.shape().rank() == 4;
  tensor::require(cond.concat.empty() ||
                      (has_concat && channels + cond.concat.dim(1) == c.in_channels &&
                       cond.concat.shape() == tensor::Shape{n, cond.concat.dim(1), height, width}),
                  "UNet2DConditionModel expects sample and concat of {} channels together and of "
                  "one size, got {} and {}",
                  c.in_channels, sample.shape(), cond.concat.shape());
  tensor::require(cond.context.shape().rank() == 3 && cond.context.dim(0) == n &&
                      cond.context.dim(2) == c.cross_attention_dim,
                  "UNet2DConditionModel expects encoder_hidden_states ({}, S, {}), got {}", n,
                  c.cross_attention_dim, cond.context.shape());
  if (c.text_time_embedding) {
    tensor::require(
        cond.pooled.shape().rank() == 2 && cond.time_ids.shape().rank() == 2 &&
            cond.pooled.dim(0) == n && cond.time_ids.dim(0) == n,
        "UNet2DConditionModel expects text_embeds and time_ids with {} rows, got {} and {}", n,
        cond.pooled.shape(), cond.time_ids.shape());
    const int64_t width = cond.pooled.dim(1) + cond.time_ids.dim(1) * c.addition_time_embed_dim;
    tensor::require(
        width == c.projection_class_embeddings_input_dim,
        "UNet2DConditionModel: add_embedding expects {} inputs, got {} of the pooled text and "
        "{} x {} of the sizes; is this the model that the text encoders belong to?",
        c.projection_class_embeddings_input_dim, cond.pooled.dim(1), cond.time_ids.dim(1),
        c.addition_time_embed_dim);
  }
  if (cond.timestep_cond.empty()) return;
  tensor::require(c.time_cond_proj_dim > 0,
                  "UNet2DConditionModel: timestep_cond is for distilled models with a "
                  "time_cond_proj_dim; this one takes none, got {}",
                  cond.timestep_cond.shape());
  tensor::require(cond.timestep_cond.shape() == tensor::Shape{n, c.time_cond_proj_dim},
                  "UNet2DConditionModel expects timestep_cond ({}, {}), got {}", n,
                  c.time_cond_proj_dim, cond.timestep_cond.shape());
}

}  // namespace sdxl
