#include "sdxl/noise_source.h"

#include <utility>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

NoisePerImage::NoisePerImage(std::vector<std::unique_ptr<NoiseSource>> sources)
    : sources_(std::move(sources)) {}

tensor::Tensor NoisePerImage::draw(const tensor::Shape& shape) {
  const int64_t images = shape.dim(0);
  tensor::require(images <= static_cast<int64_t>(sources_.size()),
                  "noise: expected at most {} images, one for each seed, got {}", sources_.size(),
                  images);
  std::vector<int64_t> one(shape.begin(), shape.end());
  one.front() = 1;
  std::vector<tensor::Tensor> draws;
  for (int64_t i = 0; i < images; ++i) draws.push_back(sources_[i]->draw(tensor::Shape(one)));
  return concat(draws, 0);
}

tensor::Tensor RecordedNoise::draw(const tensor::Shape& shape) {
  tensor::require(!draws_.empty(), "RecordedNoise: expected a draw of shape {}, but none is left",
                  shape);
  tensor::require(draws_.front().shape() == shape,
                  "RecordedNoise: expected a draw of shape {}, but the next one has {}", shape,
                  draws_.front().shape());
  const tensor::Tensor next = draws_.front();
  draws_.pop_front();
  return next;
}

}  // namespace sdxl
