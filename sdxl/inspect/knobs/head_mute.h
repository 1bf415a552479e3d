#pragma once

#include <string>
#include <vector>

#include "nn/observe/knob.h"

namespace sdxl {

using tensor::Tensor;

/// The number of heads of an attention module, 0 of another module.
int64_t heads_of(const nn::Module& module);

/// Mutes single heads: the head's columns of to_v's output (v_proj's in CLIP; also to_v_ip's of
/// IP-Adapters) are zero, and so is its part of to_out's input. The bias of to_out belongs to no head and stays.
class HeadMute : public nn::Knob {
 public:
  struct Head {
    std::string attention;  // path
    int64_t head, heads;
  };
  explicit HeadMute(std::vector<Head> heads) : heads_(std::move(heads)) {}
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  std::vector<Head> heads_;
};

}  // namespace sdxl
