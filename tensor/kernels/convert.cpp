#include <cstring>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {

/// The file's address may be odd, so each number is copied out of its bytes before it is looked at.
uint16_t load_bits(const void* in, int64_t i) {
  uint16_t bits;
  std::memcpy(&bits, static_cast<const char*>(in) + i * 2, sizeof(bits));
  return bits;
}

float load_f16(const void* in, int64_t i) {
#ifdef __FLT16_MAX__
  _Float16 value;
  std::memcpy(&value, static_cast<const char*>(in) + i * 2, sizeof(value));
  return static_cast<float>(value);
#else
  return from_f16(load_bits(in, i));
#endif
}

}  // namespace

void widen(const void* in, DType dtype, int64_t count, float* out) {
  switch (dtype) {
    case DType::f32:
      std::memcpy(out, in, count * sizeof(float));
      break;
    case DType::f16:
      for (int64_t i = 0; i < count; ++i) out[i] = load_f16(in, i);
      break;
    case DType::bf16:
      for (int64_t i = 0; i < count; ++i) out[i] = from_bf16(load_bits(in, i));
      break;
  }
}

}  // namespace tensor::kernels
