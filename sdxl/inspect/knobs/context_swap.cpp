#include "sdxl/inspect/knobs/context_swap.h"

#include "nn/observe/teacher_forcing.h"
#include "sdxl/pipeline/repeat_rows.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

const Tensor* ContextSwap::context_for(const std::string& path) const {
  if (!path.ends_with(".to_k") && !path.ends_with(".to_v")) return nullptr;
  const auto found = contexts_.find(path.substr(0, path.rfind('.')));
  return found == contexts_.end() ? nullptr : &found->second;
}

void ContextSwap::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (is_on() && context_for(module.path())) own_ = inputs.begin()->value;
}

Tensor ContextSwap::replace(const nn::Module& module, const Tensor& output) {
  const Tensor* context = is_on() ? context_for(module.path()) : nullptr;
  if (!context) return output;
  meet(module.path().substr(0, module.path().rfind('.')));
  const auto [rows, tokens, channels] = own_.dims<3>();
  tensor::require(context->dim(1) == tokens && context->dim(2) == channels,
                  "{}: the other prompt's context is {}; expected (1, {}, {})", module.path(),
                  context->shape(), tokens, channels);
  const int64_t conditional = images_ > 0 ? images_ : rows % 2 == 0 ? rows / 2 : rows;
  Tensor x = repeat_rows(*context, conditional);
  if (conditional < rows) x = concat(slice(own_, 0, 0, rows - conditional), x, 0);
  own_ = {};
  const nn::ObserversPaused paused;
  return nn::replay(module, x);
}

}  // namespace sdxl
