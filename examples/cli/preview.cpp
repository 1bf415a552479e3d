#include "examples/cli/preview.h"

#include <algorithm>
#include <limits>

#include "sdxl/pipeline/latents.h"
#include "tensor/ops.h"

namespace cli {

using tensor::Tensor;

tensor::io::Image preview(const sdxl::AutoencoderKL& vae, const Tensor& latents) {
  constexpr int64_t most = 32;
  constexpr float no_limit = std::numeric_limits<float>::infinity();
  const auto [n, c, h, w] = latents.dims<4>();
  const int64_t k = (std::max(h, w) + most - 1) / most;
  Tensor x = upsample_nearest(latents, std::max<int64_t>(h / k, 1), std::max<int64_t>(w / k, 1));
  x = x / clamp(std_per_sample(x), 1.0f, no_limit);
  const Tensor pictures = sdxl::decode_latents(vae, x);  // (N, 3, H, W)
  std::vector<Tensor> strip;
  for (int64_t i = 0; i < n; ++i) strip.push_back(slice(pictures, 0, i, i + 1));
  return tensor::io::to_image(concat(strip, 3));
}

}  // namespace cli
