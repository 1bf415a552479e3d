#include "sdxl/pipeline/micro_conditioning.h"

#include "tensor/ops.h"

namespace sdxl {

using tensor::Tensor;

namespace {

std::vector<float> size_and_crop(const MicroConditioning& sizes) {
  std::vector<float> ids;
  for (const int64_t pixels :
       {sizes.original_size.height, sizes.original_size.width, sizes.crop_top, sizes.crop_left}) {
    ids.push_back(static_cast<float>(pixels));
  }
  return ids;
}

Tensor rows(const std::vector<float>& ids, int64_t n) {
  const Tensor row = Tensor::from({1, static_cast<int64_t>(ids.size())}, ids);
  return concat(std::vector<Tensor>(static_cast<size_t>(n), row), 0);
}

}  // namespace

Tensor time_ids(const MicroConditioning& sizes, int64_t n) {
  std::vector<float> ids = size_and_crop(sizes);
  ids.push_back(static_cast<float>(sizes.target_size.height));
  ids.push_back(static_cast<float>(sizes.target_size.width));
  return rows(ids, n);
}

Tensor refiner_time_ids(const MicroConditioning& sizes, int64_t n) {
  std::vector<float> ids = size_and_crop(sizes);
  ids.push_back(static_cast<float>(sizes.aesthetic_score));
  return rows(ids, n);
}

std::pair<Tensor, Tensor> guided_time_ids(const MicroConditioning& negative,
                                          const MicroConditioning& positive, int64_t n) {
  const Tensor pair = concat(time_ids(negative, 1), time_ids(positive, 1), 0);       // (2, 6)
  const Tensor rows = concat(std::vector<Tensor>(static_cast<size_t>(n), pair), 0);  // (2n, 6)
  return split_half(rows, 0);
}

}  // namespace sdxl
