#pragma once

#include <optional>

#include "sdxl/control/control_types.h"
#include "sdxl/unet/conditioning.h"
#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/unet/timestep_embedding.h"

namespace sdxl {

/// Brings a picture to the size of the latents: three convolutions of stride 2 among those of
/// stride 1, with a SiLU behind each but the last, which began training with zeros.
///
/// picture (N, 3, 8 h, 8 w) -> (N, C, h, w)
/// diffusers: models/controlnets/controlnet.py, ControlNetConditioningEmbedding
class ControlNetConditioningEmbedding : public nn::Module {
 public:
  ControlNetConditioningEmbedding(const nn::Slot& slot, const std::vector<int64_t>& widths,
                                  int64_t out_channels);
  Tensor forward(const Tensor& picture) const;

 private:
  nn::Conv2d conv_in;
  nn::ModuleList<nn::Conv2d> blocks;
  nn::Conv2d conv_out;
};

/// A trained copy of a UNet's downward half and middle that sees a picture, such as edges or a
/// depth map. What it adds to the UNet passes convolutions of 1x1 that began training with zeros.
///
///   h      = conv_in(sample) + controlnet_cond_embedding(picture)
///   h      = down_block(h, temb, context), pushing skips;  h = mid_block(h, temb, context)
///   skip_i = controlnet_down_blocks[i](skip_i);            mid = controlnet_mid_block(h)
///
/// A union ControlNet is for several kinds of pictures, and sees one or several of them: see
/// ControlTypes.
///
/// sample (N, 4, h, w), pictures (N, 3, 8 h, 8 w) from 0 to 1 -> a residual for each skip of the
/// UNet, and one for its middle
/// diffusers: models/controlnets/controlnet.py, ControlNetModel; controlnet_union.py,
/// ControlNetUnionModel   paper: arXiv 2302.05543
class ControlNet : public nn::Module {
 public:
  ControlNet(const nn::Slot& slot, const ControlNetConfig& config);
  const ControlNetConfig& config() const { return config_; }
  bool is_union() const { return config_.types > 0; }

  /// Only a union heeds the types and scales of the pictures.
  /// Errors: std::invalid_argument for a picture that isn't of the sample's size, a type that the
  /// net doesn't have, and for several pictures of one that is no union.
  ControlResiduals forward(const Tensor& sample, float timestep, const Conditioning& cond,
                           const std::vector<ControlPicture>& pictures) const;

 private:
  /// Records the inputs under diffusers' names; several pictures one behind the other along the
  /// batch.
  void record_inputs(const Tensor& sample, float timestep, const Conditioning& cond,
                     const std::vector<ControlPicture>& pictures) const;
  void check_inputs(const Tensor& sample, const std::vector<ControlPicture>& pictures) const;
  /// temb, with the types of the pictures.
  Tensor with_types(const Tensor& temb, const std::vector<ControlPicture>& pictures) const;
  /// The latents' features, with those of the pictures.
  Tensor with_pictures(const Tensor& h, const std::vector<ControlPicture>& pictures) const;

  ControlNetConfig config_;
  nn::Conv2d conv_in;
  TimestepEmbedding time_embedding;
  std::optional<TimestepEmbedding> add_embedding;
  ControlNetConditioningEmbedding controlnet_cond_embedding;
  std::optional<ControlTypes> types;  // of a union
  nn::ModuleList<DownBlock> down_blocks;
  nn::ModuleList<nn::Conv2d> controlnet_down_blocks;
  nn::Conv2d controlnet_mid_block;
  std::optional<MidBlock2DCrossAttn> mid_block;
};

}  // namespace sdxl
