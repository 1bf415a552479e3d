#pragma once

#include <cstdint>
#include <string_view>

namespace tensor {

/// How a checkpoint stores a number. Arithmetic is always float32; a half-precision weight is
/// widened, exactly, where a kernel reads it.
enum class DType { f32, f16, bf16 };

/// Bytes of one number: 4, 2, 2.
constexpr int64_t size_of(DType dtype) { return dtype == DType::f32 ? 4 : 2; }
/// The name safetensors uses: "F32", "F16", "BF16".
std::string_view name_of(DType dtype);

/// The nearest half or bfloat16, ties to even; what lies beyond the largest half becomes infinity.
uint16_t to_f16(float value);
uint16_t to_bf16(float value);

}  // namespace tensor
