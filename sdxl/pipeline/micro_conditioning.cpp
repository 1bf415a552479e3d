#include "sdxl/pipeline/micro_conditioning.h"

#include "tensor/ops.h"

namespace sdxl {

using tensor::Tensor;

namespace {

Tensor row(const MicroConditioning& sizes) {
  return Tensor::from(
      {1, 6}, {static_cast<float>(sizes.original_size.height),
               static_cast<float>(sizes.original_size.width), static_cast<float>(sizes.crop_top),
               static_cast<float>(sizes.crop_left), static_cast<float>(sizes.target_size.height),
               static_cast<float>(sizes.target_size.width)});
}

}  // namespace

Tensor time_ids(const MicroConditioning& sizes, int64_t n) {
  return concat(std::vector<Tensor>(static_cast<size_t>(n), row(sizes)), 0);
}

std::pair<Tensor, Tensor> guided_time_ids(const MicroConditioning& negative,
                                          const MicroConditioning& positive, int64_t n) {
  const Tensor pair = concat(row(negative), row(positive), 0);                       // (2, 6)
  const Tensor rows = concat(std::vector<Tensor>(static_cast<size_t>(n), pair), 0);  // (2n, 6)
  return split_half(rows, 0);
}

}  // namespace sdxl
