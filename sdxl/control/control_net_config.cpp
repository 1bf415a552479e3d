#include "sdxl/control/control_net_config.h"

namespace sdxl {

ControlNetConfig ControlNetConfig::read(const ConfigReader& json) {
  ControlNetConfig c;
  c.unet = UNetConfig::read_control_net(json);
  json.expect_number("conditioning_channels", 3);
  json.expect_flag("global_pool_conditions", false);
  constexpr IntegerRange channels = {1, 1 << 16};
  if (json.class_name() == "ControlNetUnionModel") c.picture_channels = {48, 96, 192, 384};
  if (json.has("conditioning_embedding_out_channels")) {
    c.picture_channels = json.integers("conditioning_embedding_out_channels", channels);
  }
  if (c.picture_channels.size() != 4) {
    json.error("conditioning_embedding_out_channels",
               "expected four widths: three convolutions halve the picture to the latents' size");
  }
  json.expect_text("controlnet_conditioning_channel_order", {"rgb", "bgr"});
  c.is_bgr = json.text("controlnet_conditioning_channel_order", "rgb") == "bgr";
  c.type_heads = json.integer("num_trans_head", channels, c.type_heads);
  return c;
}

ControlNetConfig ControlNetConfig::of(const UNetConfig& unet) {
  ControlNetConfig c;
  c.unet = unet;
  c.unet.in_channels = 4;  // also beside an inpainting UNet
  return c;
}

}  // namespace sdxl
