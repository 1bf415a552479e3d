#include "sdxl/pipeline/high_resolution.h"

#include <cmath>
#include <vector>

#include "sdxl/pipeline/latents.h"
#include "sdxl/upscale/upscale_image.h"
#include "tensor/error.h"
#include "tensor/image/resize.h"
#include "tensor/ops.h"

namespace sdxl {

Tensor enlarge(const StableDiffusionXL& model, const Tensor& latents, const PixelSize& size) {
  const Tensor images = decode_latents(*model.vae, latents, model.vae_tiling);
  std::vector<Tensor> larger;
  for (int64_t i = 0; i < images.dim(0); ++i) {
    const tensor::Image image = tensor::to_image(slice(images, 0, i, i + 1));
    larger.push_back(tensor::from_image(model.upscaler
                                            ? upscale_to(*model.upscaler, image, size)
                                            : resize_lanczos(image, size.height, size.width)));
  }
  return concat(larger, 0);
}

PixelSize enlarged_size(const PixelSize& size, double scale, int64_t unit) {
  const auto side = [&](int64_t pixels) {
    return unit * std::llround(scale * static_cast<double>(pixels) / static_cast<double>(unit));
  };
  const PixelSize larger = {side(size.height), side(size.width)};
  tensor::require(larger.height > size.height && larger.width > size.width,
                  "{} times {} x {} pixels in multiples of {} is no larger image; expected a "
                  "scale above 1 that adds at least {} to each side",
                  scale, size.height, size.width, unit, unit);
  return larger;
}

}  // namespace sdxl
