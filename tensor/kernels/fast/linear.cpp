#include <algorithm>
#include <vector>

#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/storage.h"

// A linear layer is one matrix product, out^T = w x^T + bias. x^T is laid out in panels once, by
// all threads; where it is small each thread does so for itself, which takes less time than to hand
// it over. Then each task makes some outputs of some rows: chunk by chunk of the inputs it widens
// its part of the weight to float32, or splits it (pieces.cpp), and multiplies it with every panel,
// which adds up out^T. So a half-precision weight is read from the file's pages once for some
// hundred rows and is never stored as a whole.

namespace tensor::kernels {

namespace {

constexpr int64_t task_rows = 512;
constexpr int64_t task_outputs = 320;     // at most; most widths of SDXL are multiples of it
constexpr int64_t small_input = 1 << 16;  // numbers: 256 KB

/// x^T: for each chunk of the inputs, one behind the other, the panels of all rows.
struct PackedRows {
  /// Where a chunk of `count` inputs of the panel that begins at `row` lies.
  float* find(int64_t input, int64_t count, int64_t row) const {
    return panels + panel_room(form, input) * count_of_panels +
           panel_room(form, count) * (row / panel_width);
  }

  Form form;
  float* panels;
  int64_t count_of_panels;
};

/// What one task makes: outputs output .. output + outputs - 1 of some rows.
struct Task {
  int64_t row, rows;
  int64_t output, outputs;
};

/// out^T of a task, panel by panel: each (outputs, panel_width).
void run(const Task& task, const PackedRows& x, int64_t inputs, const Weight& w,
         const float* biases, float* weights, float* out_panels) {
  float* line = out_panels;
  for (int64_t row = 0; row < task.rows; row += panel_width) {
    for (int64_t i = 0; i < task.outputs; ++i, line += panel_width) {
      std::fill_n(line, panel_width, biases[task.output + i]);
    }
  }
  const int64_t chunk = panel_depth(x.form);
  for (int64_t input = 0; input < inputs; input += chunk) {
    const int64_t count = std::min(chunk, inputs - input);
    multiply_weight(x.form, {w, inputs, task.output, task.outputs, input, count},
                    x.find(input, count, task.row), panel_room(x.form, count), task.rows, weights,
                    out_panels);
  }
}

}  // namespace

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  const double multiply_adds = static_cast<double>(rows) * inputs * outputs;
  const Job job("linear", multiply_adds,
                static_cast<double>(rows) * (inputs + outputs) + 1.0 * inputs * outputs);
  if (is_dry_run()) return;
  if (rows == 0 || outputs == 0) return;
  std::vector<float> biases(outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, outputs, biases.data());
  const Form form = linear_form(w.dtype);
  const int64_t panels = divide_up(rows, panel_width), room = panels * panel_room(form, inputs);
  const bool is_small = room <= small_input;
  const auto shared = is_small ? nullptr : allocate(room);
  const int64_t chunk = panel_depth(form);
  const auto pack = [&](int64_t row, int64_t input, const PackedRows& packed) {
    const int64_t count = std::min(chunk, inputs - input);
    float* panel = packed.find(input, count, row);
    pack_rows(x + row * inputs + input, std::min(panel_width, rows - row), count, inputs,
              lines_in(form, panel, count));
    lay_out_panel(form, panel, count);
  };
  // As many for each thread. What a sum gives does not depend on the block that it falls to.
  const int64_t team = threads_for(multiply_adds);
  const int64_t blocks = std::min(divide_up(outputs, task_outputs * team) * team, outputs);
#pragma omp parallel num_threads(team)
  {
    static thread_local const auto own = allocate(small_input);
    static thread_local const auto weights =
        allocate(left_room(widest_form, task_outputs, deepest_panel));
    static thread_local const auto out_panels = allocate(task_outputs * task_rows);
    const PackedRows packed = {form, is_small ? own.get() : shared.get(), panels};
    if (is_small) {
      for (int64_t row = 0; row < rows; row += panel_width) {
        for (int64_t input = 0; input < inputs; input += chunk) pack(row, input, packed);
      }
    } else {
#pragma omp for collapse(2)
      for (int64_t row = 0; row < rows; row += panel_width) {
        for (int64_t input = 0; input < inputs; input += chunk) pack(row, input, packed);
      }
    }
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t row = 0; row < rows; row += task_rows) {
      for (int64_t block = 0; block < blocks; ++block) {
        const int64_t output = outputs * block / blocks;
        const Task task = {row, std::min(task_rows, rows - row), output,
                           outputs * (block + 1) / blocks - output};
        run(task, packed, inputs, w, biases.data(), weights.get(), out_panels.get());
        for (int64_t i = 0; i < task.rows; i += panel_width) {
          unpack_rows(out_panels.get() + i * task.outputs, std::min(panel_width, task.rows - i),
                      task.outputs, out + (row + i) * outputs + output, outputs);
        }
      }
    }
  }
}

}  // namespace tensor::kernels
