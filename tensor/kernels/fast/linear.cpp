#include <algorithm>
#include <vector>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/packing.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/storage.h"

// A linear layer is one matrix product, out^T = w x^T + bias. x^T is packed into panels once, by
// all threads. A small x is packed by each thread for itself, which takes less time than sharing.
// Then each task computes some outputs of some rows: for each chunk of the inputs it packs its
// block of the weight, multiplies it by every panel and adds the product to out^T. So a
// half-precision
// weight is read from the file's pages once for some hundred rows and is never stored as a whole.

namespace tensor::kernels::fast {

namespace {

constexpr int64_t task_rows = 512;
constexpr int64_t task_outputs = 320;     // at most; most widths of SDXL are multiples of it
constexpr int64_t small_input = 1 << 16;  // elements: 256 KB

/// x^T, packed: for each chunk of the inputs, one after the other, the panels of all rows.
struct PackedRows {
  const Gemm& gemm;
  const float* x;
  int64_t rows, inputs;

  int64_t chunk() const { return gemm.max_depth(); }
  int64_t depth(int64_t input) const { return std::min(chunk(), inputs - input); }
  int64_t panel_count() const { return divide_up(rows, panel_width); }
  int64_t size() const { return panel_count() * gemm.packed_b_size(inputs); }

  /// The offset in `panels` of the panel with rows row .. row + panel_width - 1, for the chunk that
  /// begins at `input`.
  float* find(float* panels, int64_t row, int64_t input) const {
    return panels + gemm.packed_b_size(input) * panel_count() +
           gemm.packed_b_size(depth(input)) * (row / panel_width);
  }

  void pack(float* panels, int64_t row, int64_t input) const {
    float* panel = find(panels, row, input);
    pack_rows(x + row * inputs + input, std::min(panel_width, rows - row), depth(input), inputs,
              gemm.staged_b(panel, depth(input)));
    gemm.pack_b(panel, depth(input));
  }
};

/// Outputs output .. output + outputs - 1 of rows row .. row + rows - 1.
struct Task {
  int64_t row, rows;
  int64_t output, outputs;
};

/// One thread's scratch memory.
struct Scratch {
  std::shared_ptr<float[]> panels = allocate(small_input);
  std::shared_ptr<float[]> weights =
      allocate(largest_gemm().staged_a_size(task_outputs, deepest_panel));
  std::shared_ptr<float[]> sums = allocate(task_outputs * task_rows);
};

/// The calling thread's. It is kept for the thread's next call.
Scratch& own_scratch() {
  static thread_local Scratch scratch;
  return scratch;
}

void run(const Task& task, const PackedRows& x, float* panels, const Weight& w, const float* bias,
         int64_t outputs, Scratch& scratch, float* out) {
  float* sums = scratch.sums.get();  // out^T, panel by panel: each (task.outputs, panel_width)
  for (int64_t row = 0, i = 0; row < task.rows; row += panel_width) {
    for (int64_t o = 0; o < task.outputs; ++o, ++i) {
      std::fill_n(sums + i * panel_width, panel_width, bias[task.output + o]);
    }
  }
  for (int64_t input = 0; input < x.inputs; input += x.chunk()) {
    const int64_t depth = x.depth(input);
    x.gemm.multiply_weight({w, x.inputs, task.output, task.outputs, input, depth},
                           x.find(panels, task.row, input), x.gemm.packed_b_size(depth), task.rows,
                           scratch.weights.get(), sums);
  }
  for (int64_t row = 0; row < task.rows; row += panel_width) {
    unpack_rows(sums + row * task.outputs, std::min(panel_width, task.rows - row), task.outputs,
                out + (task.row + row) * outputs + task.output, outputs);
  }
}

}  // namespace

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  if (rows == 0 || outputs == 0) return;
  const std::vector<float> biases = widened(bias, outputs);
  const PackedRows packed = {linear_gemm_for(w.dtype), x, rows, inputs};
  const bool is_small = packed.size() <= small_input;
  const auto shared = is_small ? nullptr : allocate(packed.size());
  const int64_t team = threads_for(1.0 * rows * inputs * outputs);
  // As many blocks for each thread. A sum does not depend on the block that it is in.
  const int64_t blocks = std::min(divide_up(outputs, task_outputs * team) * team, outputs);
  FirstError error;
#pragma omp parallel num_threads(team)
  {
    Scratch* scratch = nullptr;
    float* panels = shared.get();
    error.run([&] { scratch = &own_scratch(); });
    if (is_small && scratch) {
      panels = scratch->panels.get();
      for (int64_t row = 0; row < rows; row += panel_width) {
        for (int64_t input = 0; input < inputs; input += packed.chunk()) {
          packed.pack(panels, row, input);
        }
      }
    }
    if (!is_small) {
#pragma omp for collapse(2)
      for (int64_t row = 0; row < rows; row += panel_width) {
        for (int64_t input = 0; input < inputs; input += packed.chunk()) {
          packed.pack(panels, row, input);
        }
      }
    }
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t row = 0; row < rows; row += task_rows) {
      for (int64_t block = 0; block < blocks; ++block) {
        const int64_t output = outputs * block / blocks;
        const Task task = {row, std::min(task_rows, rows - row), output,
                           outputs * (block + 1) / blocks - output};
        error.run([&] { run(task, packed, panels, w, biases.data(), outputs, *scratch, out); });
      }
    }
  }
  error.rethrow();
}

}  // namespace tensor::kernels::fast
