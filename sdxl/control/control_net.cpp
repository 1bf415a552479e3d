#include "sdxl/control/control_net.h"

#include "nn/optional_layer.h"
#include "sdxl/unet/block_configs.h"
#include "sdxl/unet/embed_time.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

const nn::Conv2d::Options same_size = {.kernel = 3, .padding = tensor::Padding::all(1)};
const nn::Conv2d::Options half_size = {
    .kernel = 3, .stride = 2, .padding = tensor::Padding::all(1)};
const nn::Conv2d::Options pixel = {.kernel = 1};

Tensor reversed_channels(const Tensor& x) {
  return concat(std::vector<Tensor>{slice(x, 1, 2, 3), slice(x, 1, 1, 2), slice(x, 1, 0, 1)}, 1);
}

/// A ControlNet is not conditioned on the guidance scale, also beside an LCM-distilled UNet.
Conditioning without_guidance_scale(Conditioning cond) {
  cond.timestep_cond = {};
  return cond;
}

std::optional<ControlTypes> types_if_any(nn::Module* net, const ControlNetConfig& config) {
  if (config.types == 0) return std::nullopt;
  return std::optional<ControlTypes>(std::in_place, net, config);
}

/// The channels of each skip, in the order in which they are pushed.
std::vector<int64_t> skip_channels(const UNetConfig& c) {
  std::vector<int64_t> channels = {c.block_out_channels.front()};
  for (size_t level = 0; level < c.levels(); ++level) {
    const bool has_downsampler = level + 1 < c.levels();
    channels.insert(channels.end(), c.layers_per_block[level] + has_downsampler,
                    c.block_out_channels[level]);
  }
  return channels;
}

}  // namespace

ControlNetConditioningEmbedding::ControlNetConditioningEmbedding(const nn::Slot& slot,
                                                                 const std::vector<int64_t>& widths,
                                                                 int64_t out_channels)
    : Module(slot),
      conv_in(child("conv_in"), 3, widths.front(), same_size),
      blocks(child("blocks")),
      conv_out(child("conv_out"), widths.back(), out_channels, same_size) {
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    blocks.add(widths[i], widths[i], same_size);
    blocks.add(widths[i], widths[i + 1], half_size);
  }
}

Tensor ControlNetConditioningEmbedding::forward(const Tensor& picture) const {
  record_inputs({{"conditioning", picture}});
  Tensor h = silu(conv_in.forward(picture));
  for (const nn::Conv2d& block : blocks) h = silu(block.forward(h));
  return record(conv_out.forward(h));
}

ControlNet::ControlNet(const nn::Slot& slot, const ControlNetConfig& config)
    : Module(slot),
      config_(config),
      conv_in(child("conv_in"), config.unet.in_channels, config.unet.block_out_channels.front(),
              same_size),
      time_embedding(child("time_embedding"), config.unet.block_out_channels.front(),
                     config.unet.time_embed_dim(), 0),
      add_embedding(nn::layer_if<TimestepEmbedding>(
          config.unet.text_time_embedding, child("add_embedding"),
          config.unet.projection_class_embeddings_input_dim, config.unet.time_embed_dim())),
      controlnet_cond_embedding(child("controlnet_cond_embedding"), config.picture_channels,
                                config.unet.block_out_channels.front()),
      types(types_if_any(this, config)),
      down_blocks(child("down_blocks")),
      controlnet_down_blocks(child("controlnet_down_blocks")),
      controlnet_mid_block(child("controlnet_mid_block"), config.unet.block_out_channels.back(),
                           config.unet.block_out_channels.back(), pixel),
      mid_block(nn::layer_if<MidBlock2DCrossAttn>(
          config.unet.mid_block_type != BlockType::none, child("mid_block"),
          mid_resnet_config(config.unet), transformer_config(config.unet, config.unet.levels() - 1),
          config.unet.mid_block_type == BlockType::cross_attention)) {
  add_down_blocks(down_blocks, config.unet);
  for (const int64_t channels : skip_channels(config.unet)) {
    controlnet_down_blocks.add(channels, channels, pixel);
  }
}

ControlResiduals ControlNet::forward(const Tensor& sample, float timestep, const Conditioning& cond,
                                     const std::vector<ControlPicture>& pictures) const {
  check_inputs(sample, pictures);
  record_inputs(sample, timestep, cond, pictures);

  // 1. Timestep, pooled text and sizes, as in the UNet; of a union also the types of the pictures.
  const std::vector<float> timesteps(sample.dim(0), timestep);
  Tensor temb = embed_time(config_.unet, time_embedding, add_embedding, timesteps,
                           without_guidance_scale(cond));
  temb = with_types(temb, pictures);

  // 2. The picture is added to the latents' features.
  Tensor h = conv_in.forward(sample);
  h = with_pictures(h, pictures);

  // 3. Down and middle, as in the UNet.
  SkipStack skips;
  skips.push(h);
  for (const DownBlock& block : down_blocks) {
    h = block.forward(h, temb, cond.context, skips);
  }
  if (mid_block) h = mid_block->forward(h, temb, cond.context);

  // 4. Out: a convolution for each skip and for the middle.
  ControlResiduals residuals;
  for (size_t i = 0; i < skips.size(); ++i) {
    residuals.skips.push_back(controlnet_down_blocks[i].forward(skips.all()[i]));
  }
  residuals.mid = controlnet_mid_block.forward(h);
  residuals.skips.front() = record(residuals.skips.front());  // in a trace: the first residual
  return residuals;
}

Tensor ControlNet::with_types(const Tensor& temb,
                              const std::vector<ControlPicture>& pictures) const {
  return types ? temb + types->embed_types(temb.dim(0), pictures) : temb;
}

Tensor ControlNet::with_pictures(const Tensor& h,
                                 const std::vector<ControlPicture>& pictures) const {
  std::vector<Tensor> embeddings;
  for (const ControlPicture& seen : pictures) {
    embeddings.push_back(controlnet_cond_embedding.forward(
        config_.is_bgr ? reversed_channels(seen.picture) : seen.picture));
  }
  return types ? types->add_pictures(h, embeddings, pictures) : h + embeddings.front();
}

void ControlNet::record_inputs(const Tensor& sample, float timestep, const Conditioning& cond,
                               const std::vector<ControlPicture>& pictures) const {
  std::vector<Tensor> seen;
  std::vector<float> indices, scales;
  for (const ControlPicture& picture : pictures) {
    seen.push_back(picture.picture);
    indices.push_back(static_cast<float>(picture.type));
    scales.push_back(static_cast<float>(picture.scale));
  }
  const auto count = static_cast<int64_t>(pictures.size());
  const auto of_union = [&](const std::vector<float>& values) {
    return is_union() ? Tensor::from({count}, values) : Tensor();
  };
  Module::record_inputs({{"sample", sample},
                         {"timestep", Tensor::full({1}, timestep)},
                         {"encoder_hidden_states", cond.context},
                         {"controlnet_cond", count == 1 ? seen.front() : concat(seen, 0)},
                         {"control_type_idx", of_union(indices)},
                         {"conditioning_scale", of_union(scales)},
                         {"text_embeds", cond.pooled},
                         {"time_ids", cond.time_ids}});
}

void ControlNet::check_inputs(const Tensor& sample,
                              const std::vector<ControlPicture>& pictures) const {
  tensor::require(pictures.size() == 1 || (is_union() && !pictures.empty()),
                  "{}: expected one control picture, got {}", path(), pictures.size());
  const auto [n, channels, height, width] = sample.dims<4>();
  const tensor::Shape expected = {n, 3, 8 * height, 8 * width};
  for (const ControlPicture& seen : pictures) {
    tensor::require(seen.picture.shape() == expected,
                    "{}: expected a control picture {} for latents of {} x {}, got {}", path(),
                    expected, height, width, seen.picture.shape());
    tensor::require(!is_union() || (seen.type >= 0 && seen.type < config_.types),
                    "{}: expected a type of 0 to {}, got {}", path(), config_.types - 1, seen.type);
  }
}

}  // namespace sdxl
