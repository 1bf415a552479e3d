#include "tensor/kernels/convert.h"

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {

template <DType dtype>
void widen_line(const char* in, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    store(load_numbers<dtype>(in + i * size_of(dtype)), out + i);
  }
  for (; i < count; ++i) out[i] = load_number<dtype>(in + i * size_of(dtype));
}

void widen_line(const char* in, DType dtype, int64_t count, float* out) {
  switch (dtype) {
    case DType::f32:
      return widen_line<DType::f32>(in, count, out);
    case DType::f16:
      return widen_line<DType::f16>(in, count, out);
    case DType::bf16:
      return widen_line<DType::bf16>(in, count, out);
  }
}

}  // namespace

void widen(const void* in, DType dtype, int64_t count, float* out) {
  if (is_dry_run()) return;
  widen_line(static_cast<const char*>(in), dtype, count, out);
}

void widen_block(const Weight& matrix, int64_t width, int64_t first_row, int64_t rows,
                 int64_t first_column, int64_t columns, float* out) {
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t first = (first_row + i) * width + first_column;
    const char* place = static_cast<const char*>(matrix.data) + first * size_of(matrix.dtype);
    widen_line(place, matrix.dtype, columns, out + i * columns);
  }
}

}  // namespace tensor::kernels
