#include "tensor/kernels/convert.h"

namespace tensor::kernels {

namespace {

template <DType dtype>
void widen_row(const char* in, int64_t count, float* out) {
  using fast::lanes;
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    fast::store(load_vector<dtype>(in + i * size_of(dtype)), out + i);
  }
  for (; i < count; ++i) out[i] = load_element<dtype>(in + i * size_of(dtype));
}

}  // namespace

void common::widen(const void* in, DType dtype, int64_t count, float* out) {
  const auto* bytes = static_cast<const char*>(in);
  switch (dtype) {
    case DType::f32:
      return widen_row<DType::f32>(bytes, count, out);
    case DType::f16:
      return widen_row<DType::f16>(bytes, count, out);
    case DType::bf16:
      return widen_row<DType::bf16>(bytes, count, out);
    case DType::f8_e4m3:
      return widen_row<DType::f8_e4m3>(bytes, count, out);
    case DType::f8_e5m2:
      return widen_row<DType::f8_e5m2>(bytes, count, out);
    case DType::f64:
      return widen_row<DType::f64>(bytes, count, out);
  }
}

void widen_block(const Weight& matrix, int64_t width, int64_t first_row, int64_t rows,
                 int64_t first_column, int64_t columns, float* out) {
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t first = (first_row + i) * width + first_column;
    const char* in = static_cast<const char*>(matrix.data) + first * size_of(matrix.dtype);
    common::widen(in, matrix.dtype, columns, out + i * columns);
  }
}

std::vector<float> widened(const Weight& weight, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count), 0.0f);
  if (weight.data) common::widen(weight.data, weight.dtype, count, values.data());
  return values;
}

}  // namespace tensor::kernels
