#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/tensor.h"

/// Tensors of Python and of C++: any array in, a read-only NumPy array out.
namespace glassbox {

namespace nb = nanobind;
using tensor::Tensor;

/// An argument that can be read as an array: of NumPy, torch or another library with DLPack, of any
/// dtype, with any strides. None is the empty tensor.
struct Array {
  nb::object value;
};

/// A copy of an argument's elements as float32; `name` is for messages.
/// Errors: ValueError for NaN, infinity and more than four axes; TypeError for what is no array of
/// numbers.
Tensor tensor_of(const Array& array, const std::string& name);
/// The same, for an argument that must not be None.
Tensor needed(const Array& array, const std::string& name);
/// Token ids (N, S). Errors: ValueError for numbers that are no whole ones.
std::vector<std::vector<int64_t>> ids_of(const Array& array, const std::string& name);

/// A read-only NumPy array that shares the tensor's memory, and keeps it.
nb::object array_of(const Tensor& x);

}  // namespace glassbox

namespace nanobind::detail {

template <>
struct type_caster<glassbox::Array> {
  NB_TYPE_CASTER(glassbox::Array, const_name("numpy.typing.ArrayLike | None"))

  bool from_python(handle src, uint8_t /*flags*/, cleanup_list* /*cleanup*/) noexcept {
    value.value = borrow(src);
    return true;
  }
};

template <>
struct type_caster<tensor::Tensor> {
  static constexpr auto Name = const_name("numpy.typing.NDArray[numpy.float32]");
  template <class T>
  using Cast = tensor::Tensor;

  static handle from_cpp(const tensor::Tensor& x, rv_policy, cleanup_list*) noexcept {
    return glassbox::array_of(x).release();
  }
};

}  // namespace nanobind::detail
