#pragma once

#include <memory>
#include <vector>

#include "nn/conv2d.h"
#include "nn/module_list.h"

namespace sdxl {

using tensor::Tensor;

/// The sizes of an RRDBNet.
struct RRDBConfig {
  int64_t features = 64;  // C
  int64_t growth = 32;    // G
  int64_t blocks = 23;
  int doublings = 2;  // at the end
  int shuffle = 1;    // an image's squares of so many pixels become channels, at the beginning
};

/// Five convolutions, each of which sees the outputs of all before it.
///
///   x_k = lrelu(conv_k(concat(x, x_1 ... x_k-1))),  k = 1 .. 4;  out = x + 0.2 conv_5(...)
///
/// x (N, C, H, W) -> the same; lrelu(x) = max(x, 0) + 0.2 min(x, 0)
/// basicsr: archs/rrdbnet_arch.py, ResidualDenseBlock   paper: arXiv 1608.06993 (dense blocks)
class ResidualDenseBlock : public nn::Module {
 public:
  ResidualDenseBlock(const nn::Slot& slot, const RRDBConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  std::vector<std::unique_ptr<nn::Conv2d>> convs_;  // conv1 .. conv5
};

/// Three dense blocks: out = x + 0.2 rdb3(rdb2(rdb1(x))).
/// basicsr: archs/rrdbnet_arch.py, RRDB
class RRDB : public nn::Module {
 public:
  RRDB(const nn::Slot& slot, const RRDBConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  ResidualDenseBlock rdb1, rdb2, rdb3;
};

/// ESRGAN's upscaler: most of its work is done at the size of the input.
///
///   h   = conv_first(x), of an x2 net with the four pixels of each 2 x 2 square as channels
///   h   = h + conv_body(blocks(h))
///   h   = lrelu(conv_up_k(h, each pixel doubled)),  k = 1, 2
///   out = conv_last(lrelu(conv_hr(h)))
///
/// x (N, 3, H, W) from 0 to 1, red, green, blue; H and W multiples of `shuffle`
/// -> (N, 3, scale H, scale W), scale = 2^doublings / shuffle, from 0 to 1 and a little beyond
/// basicsr: archs/rrdbnet_arch.py, RRDBNet
/// paper: arXiv 1809.00219 (ESRGAN), section 3.1;  arXiv 2107.10833 (Real-ESRGAN), section 3.5
class RRDBNet : public nn::Module {
 public:
  RRDBNet(const nn::Slot& slot, const RRDBConfig& config);
  const RRDBConfig& config() const { return config_; }
  int64_t scale() const { return (int64_t{1} << config_.doublings) / config_.shuffle; }
  Tensor forward(const Tensor& x) const;

 private:
  RRDBConfig config_;
  nn::Conv2d conv_first;
  nn::ModuleList<RRDB> body;
  nn::Conv2d conv_body;
  std::vector<std::unique_ptr<nn::Conv2d>> conv_ups_;  // conv_up1, conv_up2 ...
  nn::Conv2d conv_hr;
  nn::Conv2d conv_last;
};

/// The k x k pixels of each square as channels of one pixel, each colour by itself, row by row.
/// (N, C, H, W) -> (N, C k^2, H / k, W / k)   torch: pixel_unshuffle
Tensor pixel_unshuffle(const Tensor& x, int k);

}  // namespace sdxl
