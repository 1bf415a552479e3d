#include "sdxl/pipeline/micro_conditioning.h"

#include "sdxl/pipeline/repeat_rows.h"
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

Tensor row(const std::vector<float>& ids) {
  return Tensor::from({1, static_cast<int64_t>(ids.size())}, ids);
}

}  // namespace

Tensor time_ids(const MicroConditioning& sizes, int64_t n) {
  std::vector<float> ids = size_and_crop(sizes);
  ids.push_back(static_cast<float>(sizes.target_size.height));
  ids.push_back(static_cast<float>(sizes.target_size.width));
  return repeat_rows(row(ids), n);
}

Tensor refiner_time_ids(const MicroConditioning& sizes, int64_t n) {
  std::vector<float> ids = size_and_crop(sizes);
  ids.push_back(static_cast<float>(sizes.aesthetic_score));
  return repeat_rows(row(ids), n);
}

std::pair<Tensor, Tensor> guided_time_ids(const MicroConditioning& negative,
                                          const MicroConditioning& positive, int64_t n) {
  const Tensor pair = concat(time_ids(negative, 1), time_ids(positive, 1), 0);  // (2, 6)
  return split_half(repeat_rows(pair, 2 * n), 0);
}

}  // namespace sdxl
