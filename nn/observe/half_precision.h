#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// Finds the modules whose output overflows in float16: values that round to more than 65504, its
/// largest finite value, become infinite, and NaN a few modules later.
///
/// Rounding is monotonic: if the largest magnitude is finite in float16, all values are.
class HalfPrecisionWatch : public Observer {
 public:
  struct Row {
    std::string path;
    float largest;  // magnitude of the output's elements, without NaN
    bool fits;      // finite in float16
  };
  void on_output(const Module& module, const Tensor& output) override;

  /// All modules that ran, in the order in which they ended.
  const std::vector<Row>& rows() const { return rows_; }
  /// The path of the first module whose output overflows; "" if all fit.
  std::string first_overflow() const;

 private:
  std::vector<Row> rows_;
};

}  // namespace nn
