#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/module_list.h"
#include "sdxl/image_prompt/image_projectors.h"
#include "sdxl/unet/conditioning.h"
#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/unet/timestep_embedding.h"
#include "sdxl/unet/unet_config.h"
#include "sdxl/unet/up_blocks.h"

namespace sdxl {

/// Predicts the noise in noisy latents, conditioned on the timestep, the text and the sizes.
///
///   temb = time_embedding(sinusoid(timestep)) + add_embedding(pooled text, sinusoids of the sizes)
///   h    = conv_in(sample), or for an inpainting UNet conv_in(concat(sample, cond.concat))
///   h    = down_block(h, temb, context), pushing skips;  mid_block;  up_block, popping them
///          ControlNets add cond.control to the skips and to the middle's output
///          cross-attentions of IP-Adapters attend to encoder_hid_proj(cond.images), too
///   out  = conv_out(silu(conv_norm_out(h)))
///
/// sample (N, C, H, W), in latents -> (N, out_channels, H, W). C is in_channels, without those of
/// cond.concat.
/// diffusers: models/unets/unet_2d_condition.py, UNet2DConditionModel
/// paper: arXiv 2307.01952, section 2; arXiv 1505.04597, figure 1
///
/// Skips, for the base model at 1024 x 1024 (latents 128 x 128):
///   #  pushed by                     shape            popped by
///   0  conv_in                       320 x 128 x 128  up_blocks.2.resnets.2
///   1  down_blocks.0.resnets.0       320 x 128 x 128  up_blocks.2.resnets.1
///   2  down_blocks.0.resnets.1       320 x 128 x 128  up_blocks.2.resnets.0
///   3  down_blocks.0.downsamplers.0  320 x  64 x  64  up_blocks.1.resnets.2
///   4  down_blocks.1.attentions.0    640 x  64 x  64  up_blocks.1.resnets.1
///   5  down_blocks.1.attentions.1    640 x  64 x  64  up_blocks.1.resnets.0
///   6  down_blocks.1.downsamplers.0  640 x  32 x  32  up_blocks.0.resnets.2
///   7  down_blocks.2.attentions.0   1280 x  32 x  32  up_blocks.0.resnets.1
///   8  down_blocks.2.attentions.1   1280 x  32 x  32  up_blocks.0.resnets.0
class UNet2DConditionModel : public nn::Module {
 public:
  UNet2DConditionModel(const nn::Slot& slot, const UNetConfig& config);
  const UNetConfig& config() const { return config_; }

  /// The projectors of IP-Adapters, built the first time. Their layers in the cross-attentions are
  /// processors: see add_ip_adapters.
  ImageProjectors& image_projectors();
  /// Null without an IP-Adapter.
  const ImageProjectors* encoder_hid_proj() const { return encoder_hid_proj_.get(); }

  /// `timestep` is the index of a training noise level, 0 (clean) to 999 (noise), and may be
  /// fractional.
  /// Errors: std::invalid_argument naming the input whose shape doesn't fit the config or the
  /// batch.
  Tensor forward(const Tensor& sample, float timestep, const Conditioning& cond) const;

 private:
  friend class DeepCache;  // runs the outer layers of the U alone

  /// Records the inputs under diffusers' names, so that `sdxl trace --inputs` can read a trace.
  void record_inputs(const Tensor& sample, float timestep, const Conditioning& cond) const;
  void check_inputs(const Tensor& sample, const Conditioning& cond) const;
  /// The sample, with the further channels of an inpainting UNet.
  static Tensor with_concat(const Tensor& sample, const Conditioning& cond);
  /// The middle's output, with what ControlNets add to it.
  static Tensor with_control(const Tensor& h, const Tensor& control);
  /// The tokens of IP-Adapters' images; none without an IP-Adapter.
  std::vector<ImageTokens> tokens_of(const std::vector<ImageCondition>& images) const;

  UNetConfig config_;
  nn::Conv2d conv_in;
  TimestepEmbedding time_embedding;
  std::optional<TimestepEmbedding> add_embedding;
  nn::ModuleList<DownBlock> down_blocks;
  std::optional<MidBlock2DCrossAttn> mid_block;
  nn::ModuleList<UpBlock> up_blocks;
  nn::GroupNorm conv_norm_out;
  nn::Conv2d conv_out;
  std::unique_ptr<ImageProjectors> encoder_hid_proj_;  // of IP-Adapters
};

}  // namespace sdxl
