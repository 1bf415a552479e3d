#include <algorithm>
#include <utility>
#include <vector>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/first_error.h"

// out = x w^T + bias. The outputs are split into tasks of fixed size. A task widens its rows of the
// weight to float32 and multiplies all rows of x by their transpose.

namespace tensor::kernels::eigen {

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  constexpr int64_t task_outputs = 128, task_rows = 1024;
  const std::vector<float> b = widened(bias, outputs);
  const int64_t tasks = (outputs + task_outputs - 1) / task_outputs;
  FirstError error;
#pragma omp parallel for schedule(dynamic) num_threads(threads_for(1.0 * rows * inputs * outputs))
  for (int64_t task = 0; task < tasks; ++task) {
    const int64_t output = task * task_outputs, count = std::min(task_outputs, outputs - output);
    error.run([&] {
      Matrix weight(count, inputs);
      widen_block(w, inputs, output, count, 0, inputs, weight.data());
      const Eigen::Map<const Eigen::RowVectorXf> own_bias(b.data() + output, count);
      for (int64_t row = 0; row < rows; row += task_rows) {
        const int64_t height = std::min(task_rows, rows - row);
        auto block = map(out + row * outputs + output, height, count, outputs);
        multiply_transposed(map(x + row * inputs, height, inputs), map(std::as_const(weight)),
                            block);
        block.rowwise() += own_bias;
      }
    });
  }
  error.rethrow();
}

}  // namespace tensor::kernels::eigen
