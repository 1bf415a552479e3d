#pragma once

#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/io/image.h"

namespace cli {

/// A small picture of latents (N, 4, h, w) that may still be noisy, the N side by side.
///
/// Every k-th latent of each row and column, so that at most 32 are left along a side, at a
/// deviation of at most 1; decoded by the model's own autoencoder.
tensor::io::Image preview(const sdxl::AutoencoderKL& vae, const tensor::Tensor& latents);

}  // namespace cli
