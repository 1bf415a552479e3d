#include "nn/observe/read_ahead.h"

#include "nn/parameter.h"
#include "tensor/io/mapped_file.h"

namespace nn {

ReadAhead::ReadAhead(const std::vector<const Module*>& models, int64_t window) : window_(window) {
  for (const Module* model : models) add(*model);
  read_up_to(window_);
}

void ReadAhead::add(const Module& module) {
  positions_[&module] = all_;
  for (const Parameter* parameter : module.parameters()) {
    const tensor::WeightView& view = parameter->view();
    const int64_t bytes = view.shape.size() * size_of(view.dtype);
    weights_.emplace_back(static_cast<const char*>(view.data), bytes);
    all_ += bytes;
  }
  for (const Module* child : module.children()) add(*child);
}

void ReadAhead::on_input(const Module& module, Inputs) {
  if (next_ == weights_.size()) return;
  const auto position = positions_.find(&module);
  if (position != positions_.end()) read_up_to(position->second + window_);
}

void ReadAhead::read_up_to(int64_t position) {
  for (; next_ < weights_.size() && ahead_ < position; ++next_) {
    tensor::io::read_ahead(weights_[next_]);
    ahead_ += static_cast<int64_t>(weights_[next_].size());
  }
}

}  // namespace nn
