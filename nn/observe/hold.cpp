#include "nn/observe/hold.h"

#include <algorithm>

#include "nn/observe/path_pattern.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

Hold::Hold(std::string pattern, const std::string& file)
    : pattern_(std::move(pattern)), file_(file) {}

std::vector<std::string> Hold::held_among(const std::vector<std::string>& paths) const {
  std::vector<std::string> held;
  for (const std::string& path : paths) {
    const bool is_there = std::ranges::any_of(file_.names(), [&](const std::string& name) {
      return name == path || (name.starts_with("step.") && name.ends_with("/" + path) &&
                              name.find('/') == name.size() - path.size() - 1);
    });
    if (is_there && matches(pattern_, path)) held.push_back(path);
  }
  return held;
}

void Hold::begin_step(int step) {
  step_ = step;
  rows_in_step_.clear();
}

void Hold::end_step() { step_ = -1; }

std::string Hold::name_of(const std::string& path) const {
  const std::string of_step = "step." + std::to_string(step_) + "/" + path;
  if (step_ >= 0 && file_.contains(of_step)) return of_step;
  return file_.contains(path) ? path : "";
}

Tensor Hold::replace(const Module& module, const Tensor& output) {
  if (!is_on() || !matches(pattern_, module.path())) return output;
  const std::string name = name_of(module.path());
  if (name.empty()) return output;
  const Tensor held = file_.tensor(name);
  int64_t& first = (step_ >= 0 ? rows_in_step_ : rows_outside_)[module.path()];
  const int64_t rows = output.dim(0);
  const bool has_rank = held.shape().rank() == output.shape().rank();
  if (!has_rank || first + rows > held.dim(0) ||
      !std::equal(output.shape().begin() + 1, output.shape().end(), held.shape().begin() + 1)) {
    tensor::fail("{}: {} is {} there; expected {} from row {} on, as in this run",
                 file_.path().string(), name, held.shape(), output.shape(), first);
  }
  first += rows;
  meet(module.path());
  return first == rows && rows == held.dim(0) ? held : slice(held, 0, first - rows, first);
}

}  // namespace nn
