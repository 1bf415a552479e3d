#include "sdxl/scheduler/noise_source.h"

#include "tensor/error.h"

namespace sdxl {

tensor::Tensor RecordedNoise::draw(const tensor::Shape& shape) {
  tensor::require(!draws_.empty(), "RecordedNoise: no draw is left; one of shape {} was asked for",
                  shape);
  tensor::require(draws_.front().shape() == shape,
                  "RecordedNoise: the next draw has shape {}, but {} was asked for",
                  draws_.front().shape(), shape);
  const tensor::Tensor next = draws_.front();
  draws_.pop_front();
  return next;
}

}  // namespace sdxl
