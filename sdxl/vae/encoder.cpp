#include "sdxl/vae/encoder.h"

#include "tensor/ops.h"

namespace sdxl {

Encoder::Encoder(const nn::Slot& slot, const VaeConfig& c)
    : Module(slot),
      conv_in(child("conv_in"), c.in_channels, c.block_out_channels.front(),
              {.kernel = 3, .padding = tensor::Padding::all(1)}),
      down_blocks(child("down_blocks")),
      mid_block(child("mid_block"), c.block_out_channels.back(), c.norm_num_groups,
                c.mid_block_add_attention),
      conv_norm_out(child("conv_norm_out"), c.norm_num_groups, c.block_out_channels.back(), 1e-6f),
      conv_out(child("conv_out"), c.block_out_channels.back(), 2 * c.latent_channels,
               {.kernel = 3, .padding = tensor::Padding::all(1)}) {
  int64_t channels = c.block_out_channels.front();
  for (const int64_t width : c.block_out_channels) {
    const bool last = down_blocks.size() + 1 == c.levels();
    down_blocks.add(VaeBlockConfig{channels, width, c.layers_per_block, c.norm_num_groups, !last});
    channels = width;
  }
}

Tensor Encoder::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = conv_in.forward(x);  // (N, 128, H, W)
  for (const DownEncoderBlock2D& block : down_blocks) {
    h = block.forward(h);
  }
  h = mid_block.forward(h);  // (N, 512, H/8, W/8)
  h = silu(conv_norm_out.forward(h));
  h = conv_out.forward(h);  // (N, 8, H/8, W/8)
  return record(h);
}

}  // namespace sdxl
