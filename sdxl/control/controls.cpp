#include "sdxl/control/controls.h"

#include <algorithm>
#include <cmath>

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The factors of the skips and, last, of the middle.
std::vector<double> factors_of(double scale, bool guess_mode, size_t skips) {
  std::vector<double> factors(skips + 1, scale);
  for (size_t i = 0; guess_mode && i <= skips; ++i) {
    factors[i] = scale * std::pow(10.0, static_cast<double>(i) / static_cast<double>(skips) - 1.0);
  }
  return factors;
}

Tensor sum(const Tensor& a, const Tensor& b) { return a.empty() ? b : a + b; }

void add(ControlResiduals& all, const ControlResiduals& more, const std::vector<double>& factors) {
  all.skips.resize(more.skips.size());
  for (size_t i = 0; i < more.skips.size(); ++i) {
    all.skips[i] = sum(all.skips[i], static_cast<float>(factors[i]) * more.skips[i]);
  }
  all.mid = sum(all.mid, static_cast<float>(factors.back()) * more.mid);
}

Tensor repeated(const Tensor& picture, int64_t rows) {
  return concat(std::vector<Tensor>(static_cast<size_t>(rows), picture), 0);
}

Tensor behind_zeros(const Tensor& x) { return concat(Tensor::zeros(x.shape()), x, 0); }

/// The entries of each run: of a union ControlNet all, of another one a single one.
std::vector<std::vector<const Control*>> runs_of(const Controls& controls) {
  std::vector<std::vector<const Control*>> runs;
  for (const Control& control : controls.all) {
    const auto same = std::ranges::find_if(runs, [&](const auto& run) {
      return control.net->is_union() && run.front()->net == control.net;
    });
    same == runs.end() ? runs.push_back({&control}) : same->push_back(&control);
  }
  return runs;
}

/// The strength in this step.
double scale_of(const Control& control, const ScheduleShare& step) {
  const bool runs = step.begin >= control.start && step.end <= control.end;
  return runs ? control.scale : 0.0;
}

}  // namespace

ControlResiduals residuals_of(const Controls& controls, const Tensor& sample, float timestep,
                              const Conditioning& cond, const ScheduleShare& step) {
  ControlResiduals all;
  for (const std::vector<const Control*>& run : runs_of(controls)) {
    const bool is_alone = run.size() == 1;
    std::vector<ControlPicture> pictures;
    double largest = 0.0;
    for (const Control* control : run) {
      const double scale = scale_of(*control, step);
      largest = std::max(largest, std::abs(scale));
      pictures.push_back({.picture = repeated(control->picture, sample.dim(0)),
                          .type = control->type,
                          .scale = is_alone ? 1.0 : scale});
    }
    if (largest == 0.0) continue;
    const ControlResiduals own = run.front()->net->forward(sample, timestep, cond, pictures);
    const double scale = is_alone ? run.front()->scale : 1.0;
    add(all, own, factors_of(scale, controls.guess_mode, own.skips.size()));
  }
  return all;
}

ControlResiduals behind_zeros(const ControlResiduals& residuals) {
  if (residuals.skips.empty()) return residuals;
  ControlResiduals result;
  for (const Tensor& skip : residuals.skips) result.skips.push_back(behind_zeros(skip));
  result.mid = behind_zeros(residuals.mid);
  return result;
}

}  // namespace sdxl
