#include "tensor/kernels/kernels.h"
#include "tensor/kernels/textbook/widened.h"

// out[n, o, y, x] = bias[o] + sum_{c, i, j} w[o, c, i, j] in[n, c, y s + i - top, x s + j - left]:
// the K x K kernel slides over the image. At each position its products with the pixels below it
// are summed over all input channels. Outside of the image every pixel is 0.

namespace tensor::kernels::textbook {

namespace {

/// The sum over one channel's K x K window whose first pixel is (top, left).
double window_sum(const float* channel, const float* kernel, const Conv2dShape& s, int64_t top,
                  int64_t left) {
  double sum = 0.0;
  for (int64_t i = 0; i < s.kernel; ++i) {
    for (int64_t j = 0; j < s.kernel; ++j) {
      const int64_t y = top + i, x = left + j;  // in the upsampled image
      if (y < 0 || y >= s.height * s.upsample || x < 0 || x >= s.width * s.upsample) continue;
      const double pixel = channel[y / s.upsample * s.width + x / s.upsample];
      const double w_ij = kernel[i * s.kernel + j];
      sum += w_ij * pixel;
    }
  }
  return sum;
}

}  // namespace

void conv2d(const float* in, const Weight& weight, const Weight& bias, const Conv2dShape& s,
            float* out) {
  const int64_t kernel_size = s.kernel * s.kernel, image_size = s.height * s.width;
  const std::vector<float> w = widened(weight, s.out_channels * s.in_channels * kernel_size);
  const std::vector<float> b = widened(bias, s.out_channels);
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t o = 0; o < s.out_channels; ++o) {
      for (int64_t y = 0; y < s.out_height; ++y) {
        for (int64_t x = 0; x < s.out_width; ++x, ++out) {
          double sum = b[o];
          for (int64_t c = 0; c < s.in_channels; ++c) {
            const float* channel = in + (n * s.in_channels + c) * image_size;
            const float* kernel = w.data() + (o * s.in_channels + c) * kernel_size;
            sum +=
                window_sum(channel, kernel, s, y * s.stride - s.pad_top, x * s.stride - s.pad_left);
          }
          *out = static_cast<float>(sum);
        }
      }
    }
  }
}

}  // namespace tensor::kernels::textbook
