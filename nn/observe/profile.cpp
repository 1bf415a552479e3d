#include "nn/observe/profile.h"

#include <algorithm>
#include <chrono>

namespace nn {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Profile::Profile() : start_(now()) { tensor::kernels::set_kernel_log(&runs_); }
Profile::~Profile() { tensor::kernels::set_kernel_log(nullptr); }

void Profile::on_output(const Module& module, const Tensor&) {
  ends_.push_back({module.path(), runs_.size(), now()});
}

double Profile::seconds() const { return now() - start_; }

std::vector<Profile::Span> Profile::spans() const {
  std::vector<Span> spans;
  std::vector<Span> open;  // turns whose parent's end is still to come
  size_t runs = 0;
  for (const End& end : ends_) {
    double start = runs < end.runs ? runs_[runs].start : end.time;
    runs = end.runs;
    const std::string below = end.path.empty() ? "" : end.path + ".";
    while (!open.empty() && open.back().path.starts_with(below) && open.back().path != end.path) {
      start = std::min(start, open.back().start);
      open.pop_back();
    }
    spans.push_back({end.path, start, end.time - start});
    open.push_back(spans.back());
  }
  return spans;
}

}  // namespace nn
