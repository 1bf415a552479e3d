#include "sdxl/vae/decoder.h"

#include <utility>

#include "tensor/ops.h"

namespace sdxl {

Decoder::Decoder(const nn::Slot& slot, const VaeConfig& c)
    : Module(slot),
      conv_in(child("conv_in"), c.latent_channels, c.block_out_channels.back(),
              {.kernel = 3, .padding = tensor::Padding::all(1)}),
      mid_block(child("mid_block"), c.block_out_channels.back(), c.norm_num_groups,
                c.mid_block_add_attention),
      up_blocks(child("up_blocks")),
      conv_norm_out(child("conv_norm_out"), c.norm_num_groups, c.block_out_channels.front(), 1e-6f),
      conv_out(child("conv_out"), c.block_out_channels.front(), c.out_channels,
               {.kernel = 3, .padding = tensor::Padding::all(1)}) {
  int64_t channels = c.block_out_channels.back();
  for (size_t level = c.levels(); level-- > 0;) {
    const int64_t width = c.block_out_channels[level];
    up_blocks.add(
        VaeBlockConfig{channels, width, c.layers_per_block + 1, c.norm_num_groups, level > 0});
    channels = width;
  }
}

Tensor Decoder::forward(const Tensor& z) const {
  record_inputs({{"z", z}});
  Tensor h = conv_in.forward(z);  // (N, 512, h, w)
  h = mid_block.forward(h);
  for (const UpDecoderBlock2D& block : up_blocks) {
    h = block.forward(std::move(h));
  }
  h = silu(conv_norm_out.forward(h));  // (N, 128, 8 h, 8 w)
  h = conv_out.forward(h);             // (N, 3, 8 h, 8 w)
  return record(h);
}

}  // namespace sdxl
