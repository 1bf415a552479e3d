#include "tensor/kernels/fast/gemm.h"

#include "tensor/kernels/fast/amx.h"
#include "tensor/kernels/fast/bf16x3.h"
#include "tensor/kernels/fast/micro_kernel.h"

namespace tensor::kernels::fast {

namespace {

/// The GEMMs of one instruction set.
struct Bf16Gemms {
  explicit Bf16Gemms(MultiplyTiles multiply)
      : rounded(1, 1, multiply), split{{1, 3, multiply}, {2, 3, multiply}, {3, 3, multiply}} {}

  Bf16Gemm rounded;   // float32 rounded to bfloat16: one term of A and of B
  Bf16Gemm split[3];  // float32 as three terms of B, and A stored as bfloat16, float16, float32
};

const Bf16Gemms amx(multiply_amx), avx512_bf16(multiply_avx512_bf16), scalar(multiply_scalar);

/// The GEMMs for float32 values (split into terms) and for values rounded to bfloat16. Null: the
/// float32 micro-kernel, and no rounding.
struct Choice {
  const Bf16Gemms* split = nullptr;
  const Bf16Gemms* rounded = nullptr;
  bool rounds_linear = false;
};

Choice best_of_processor() {
  if (has_amx()) return {&amx, &amx};
  if (has_avx512_bf16()) return {nullptr, &avx512_bf16};
  return {};
}

Choice& chosen() {
  static Choice choice = best_of_processor();
  return choice;
}

}  // namespace

const Gemm& gemm_for(DType a) {
  const Bf16Gemms* gemms = chosen().split;
  if (!gemms) return float32_gemm();
  if (a == DType::f32 || a == DType::f64) return gemms->split[2];
  return gemms->split[a == DType::f16 ? 1 : 0];  // bfloat16 represents all of a float8
}

const Gemm& linear_gemm_for(DType a) {
  return chosen().rounds_linear ? chosen().rounded->rounded : gemm_for(a);
}

const Gemm& largest_gemm() { return scalar.split[2]; }

bool set_bf16_instructions(Bf16Instructions choice) {
  Choice next;
  switch (choice) {
    case Bf16Instructions::best:
      next = best_of_processor();
      break;
    case Bf16Instructions::amx:
      if (!has_amx()) return false;
      next = {&amx, &amx};
      break;
    case Bf16Instructions::avx512_bf16:
      if (!has_avx512_bf16()) return false;
      next = {nullptr, &avx512_bf16};
      break;
    case Bf16Instructions::scalar:
      if (panel_width != tile_block) return false;
      next = {&scalar, &scalar};
      break;
    case Bf16Instructions::off:
      break;
  }
  next.rounds_linear = chosen().rounds_linear && next.rounded;
  chosen() = next;
  return true;
}

bool set_bfloat16(bool on) {
  chosen().rounds_linear = on && chosen().rounded;
  return chosen().rounds_linear == on;
}

void Gemm::multiply_weight(const WeightBlock& w, const float* panels, int64_t step, int64_t columns,
                           float* workspace, float* sums) const {
  const int64_t blocks = divide_up(w.outputs, weight_rows(w.outputs, columns));
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = w.outputs * block / blocks;
    const int64_t rows = w.outputs * (block + 1) / blocks - first;
    const MatrixView a = pack_weight(w, first, rows, workspace);
    for (int64_t column = 0; column < columns; column += panel_width) {
      multiply(rows, w.depth, a, panels + column / panel_width * step,
               sums + column * w.outputs + first * panel_width, panel_width, Accumulate::yes,
               columns - column);
    }
  }
}

}  // namespace tensor::kernels::fast
