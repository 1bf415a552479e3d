#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

/// Vector: the elements that one instruction works on. g++ and clang turn arithmetic on a Vector
/// into vector instructions. Loops that the compilers do not vectorize by themselves are written
/// with it.
namespace tensor::kernels::fast {

#if defined(__AVX512F__)
inline constexpr int64_t lanes = 16;
#elif defined(__AVX2__)
inline constexpr int64_t lanes = 8;
#else
inline constexpr int64_t lanes = 4;
#endif

typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));

namespace detail {

/// An unaligned Vector.
typedef float Unaligned
    __attribute__((vector_size(lanes * sizeof(float)), aligned(alignof(float)), may_alias));

}  // namespace detail

inline Vector load(const float* from) { return *reinterpret_cast<const detail::Unaligned*>(from); }
inline void store(const Vector& v, float* to) { *reinterpret_cast<detail::Unaligned*>(to) = v; }

namespace detail {

using Lanes = std::make_index_sequence<lanes>;

template <size_t... i>
Vector interleave_lower(const Vector& a, const Vector& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, (i / 2 + i % 2 * lanes)...);
}
template <size_t... i>
Vector interleave_upper(const Vector& a, const Vector& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, (lanes / 2 + i / 2 + i % 2 * lanes)...);
}
template <size_t... i>
Vector evens(const Vector& a, const Vector& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, (2 * i)...);
}
template <size_t... i>
Vector odds(const Vector& a, const Vector& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, (2 * i + 1)...);
}

}  // namespace detail

/// a0 b0 a1 b1 ... of the lower halves of a and b, and of the upper ones.
inline Vector interleave_lower(const Vector& a, const Vector& b) {
  return detail::interleave_lower(a, b, detail::Lanes());
}
inline Vector interleave_upper(const Vector& a, const Vector& b) {
  return detail::interleave_upper(a, b, detail::Lanes());
}

/// Every second element of a and b as one array: evens begins at the first, odds at the second.
inline Vector evens(const Vector& a, const Vector& b) {
  return detail::evens(a, b, detail::Lanes());
}
inline Vector odds(const Vector& a, const Vector& b) { return detail::odds(a, b, detail::Lanes()); }

}  // namespace tensor::kernels::fast
