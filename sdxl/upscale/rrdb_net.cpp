#include "sdxl/upscale/rrdb_net.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

const nn::Conv2d::Options same_size = {.kernel = 3, .padding = tensor::Padding::all(1)};
constexpr int64_t colours = 3;

/// max(x, 0) + 0.2 min(x, 0)
Tensor leaky_relu(const Tensor& x) { return relu(x) - 0.2f * relu(-1.0f * x); }

}  // namespace

ResidualDenseBlock::ResidualDenseBlock(const nn::Slot& slot, const RRDBConfig& c) : Module(slot) {
  for (int64_t k = 1; k <= 5; ++k) {
    const int64_t seen = c.features + (k - 1) * c.growth;
    convs_.push_back(std::make_unique<nn::Conv2d>(child("conv" + std::to_string(k)), seen,
                                                  k < 5 ? c.growth : c.features, same_size));
  }
}

Tensor ResidualDenseBlock::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor seen = x;
  for (size_t k = 0; k + 1 < convs_.size(); ++k) {
    seen = concat(seen, leaky_relu(convs_[k]->forward(seen)), 1);
  }
  return record(0.2f * convs_.back()->forward(seen) + x);
}

RRDB::RRDB(const nn::Slot& slot, const RRDBConfig& c)
    : Module(slot), rdb1(child("rdb1"), c), rdb2(child("rdb2"), c), rdb3(child("rdb3"), c) {}

Tensor RRDB::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = rdb1.forward(x);
  h = rdb2.forward(h);
  h = rdb3.forward(h);
  return record(0.2f * h + x);
}

RRDBNet::RRDBNet(const nn::Slot& slot, const RRDBConfig& c)
    : Module(slot),
      config_(c),
      conv_first(child("conv_first"), colours * c.shuffle * c.shuffle, c.features, same_size),
      body(child("body")),
      conv_body(child("conv_body"), c.features, c.features, same_size),
      conv_hr(child("conv_hr"), c.features, c.features, same_size),
      conv_last(child("conv_last"), c.features, colours, same_size) {
  for (int64_t i = 0; i < c.blocks; ++i) body.add(c);
  for (int k = 1; k <= c.doublings; ++k) {
    conv_ups_.push_back(std::make_unique<nn::Conv2d>(child("conv_up" + std::to_string(k)),
                                                     c.features, c.features, same_size));
  }
}

Tensor RRDBNet::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = pixel_unshuffle(x, config_.shuffle);
  h = conv_first.forward(h);  // (N, C, H / shuffle, W / shuffle)
  Tensor y = h;
  for (const RRDB& block : body) y = block.forward(y);
  h = h + conv_body.forward(y);

  for (const auto& conv_up : conv_ups_) {
    h = leaky_relu(conv_up->forward(h, 2));  // twice as high and wide
  }
  h = leaky_relu(conv_hr.forward(h));
  return record(conv_last.forward(h));  // (N, 3, scale H, scale W)
}

Tensor pixel_unshuffle(const Tensor& x, int k) {
  const auto [n, channels, height, width] = x.dims<4>();
  tensor::require(height % k == 0 && width % k == 0,
                  "pixel_unshuffle expects sides in multiples of {}, got {}", k, x.shape());
  Tensor result = Tensor::uninitialized({n, channels * k * k, height / k, width / k});
  float* out = result.mutable_data();
  for (int64_t plane = 0; plane < n * channels; ++plane) {
    const float* in = x.data() + plane * height * width;
    for (int place = 0; place < k * k; ++place) {
      for (int64_t row = place / k; row < height; row += k) {
        for (int64_t column = place % k; column < width; column += k) {
          *out++ = in[row * width + column];
        }
      }
    }
  }
  return result;
}

}  // namespace sdxl
