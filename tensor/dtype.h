#pragma once

#include <cstdint>
#include <string_view>

namespace tensor {

/// How a checkpoint stores an element. Arithmetic is always float32: a kernel converts a weight
/// when it reads it. That is exact for all of these but float64, which is rounded to the nearest
/// float32.
///
///            sign, exponent, fraction   largest
///   f16      1, 5, 10                   65504
///   bf16     1, 8, 7                    3.4e38
///   f8_e4m3  1, 4, 3                    448; no infinity, one NaN of each sign (torch's e4m3fn)
///   f8_e5m2  1, 5, 2                    57344: the upper byte of a float16
///
/// paper: arXiv 2209.05433 (FP8 formats), table 1
enum class DType { f32, f16, bf16, f8_e4m3, f8_e5m2, f64 };

/// Bytes of one element.
constexpr int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return 8;
    case DType::f32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    default:
      return 1;
  }
}
/// The name safetensors uses: "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F64".
std::string_view name_of(DType dtype);

/// The bits of the nearest float16 or bfloat16, ties to even. Values that round beyond the largest
/// finite one (65504 for float16) become infinity; NaN stays NaN.
uint16_t to_f16(float value);
uint16_t to_bf16(float value);

}  // namespace tensor
