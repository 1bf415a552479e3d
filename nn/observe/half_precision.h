#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// Watches what half precision would do to the modules' outputs, each rounded to float16: numbers
/// beyond 65504, the largest half, become infinities, and a few modules on NaN.
///
/// Rounding keeps the order of numbers, so the largest magnitude tells of all the others.
class HalfPrecisionWatch : public Observer {
 public:
  struct Row {
    std::string path;
    float largest;  // magnitude of the output's numbers, NaN left aside
    bool fits;      // is it finite as a half?
  };
  void on_output(const Module& module, const Tensor& output) override;

  /// All modules that have run, in the order in which they ended.
  const std::vector<Row>& rows() const { return rows_; }
  /// The path of the first module whose output overflows; "" if all fit.
  std::string first_overflow() const;

 private:
  std::vector<Row> rows_;
};

}  // namespace nn
