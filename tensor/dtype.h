#pragma once

#include <cstdint>
#include <string_view>

namespace tensor {

/// How a checkpoint stores an element. Arithmetic is always float32; a kernel widens a
/// half-precision weight (exactly) when it reads it.
enum class DType { f32, f16, bf16 };

/// Bytes of one element: 4, 2, 2.
constexpr int64_t size_of(DType dtype) { return dtype == DType::f32 ? 4 : 2; }
/// The name safetensors uses: "F32", "F16", "BF16".
std::string_view name_of(DType dtype);

/// The bits of the nearest float16 or bfloat16, ties to even. Values that round beyond the largest
/// finite one (65504 for float16) become infinity; NaN stays NaN.
uint16_t to_f16(float value);
uint16_t to_bf16(float value);

}  // namespace tensor
