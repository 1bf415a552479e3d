#include "nn/observe/profile.h"

namespace nn {

using tensor::kernels::now;

Profile::Profile() : start_(now()) { tensor::kernels::set_kernel_log(&kernel_calls_); }
Profile::~Profile() { tensor::kernels::set_kernel_log(nullptr); }

void Profile::on_input(const Module& module, Inputs /*inputs*/) {
  count_kernel_calls();
  calls_.push_back({&module, now()});
}

void Profile::on_output(const Module& module, const Tensor& /*output*/) {
  count_kernel_calls();
  // A forward that ended by an exception has not removed its call.
  while (!calls_.empty() && calls_.back().module != &module) calls_.pop_back();
  if (calls_.empty()) return;  // the module's forward began before the profile
  const double start = calls_.back().start;
  spans_.push_back({module.path(), start, now() - start});
  calls_.pop_back();
}

double Profile::seconds() const { return now() - start_; }

int64_t Profile::multiply_adds(const Module& module) const {
  const auto found = multiply_adds_.find(&module);
  return found == multiply_adds_.end() ? 0 : static_cast<int64_t>(found->second);
}

void Profile::count_kernel_calls() {
  for (; counted_ < kernel_calls_.size(); ++counted_) {
    if (!calls_.empty())
      multiply_adds_[calls_.back().module] += kernel_calls_[counted_].multiply_adds;
  }
}

}  // namespace nn
