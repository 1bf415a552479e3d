#include "examples/python/tensor_caster.h"

#include <nanobind/stl/string.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "tensor/error.h"
#include "tensor/ops.h"
#include "tensor/shape.h"

namespace glassbox {

namespace {

using Float32 = nb::ndarray<const float, nb::c_contig, nb::device::cpu, nb::ro>;

Tensor copy_of(const Float32& array, const std::string& name) {
  tensor::require(array.ndim() <= tensor::Shape::max_rank, "{}: expected at most {} axes, got {}",
                  name, tensor::Shape::max_rank, array.ndim());
  std::vector<int64_t> dims;
  for (size_t i = 0; i < array.ndim(); ++i) dims.push_back(static_cast<int64_t>(array.shape(i)));
  Tensor x = Tensor::uninitialized(tensor::Shape(dims));
  if (array.size() > 0) std::memcpy(x.mutable_data(), array.data(), array.size() * sizeof(float));
  return x;
}

/// The array itself where it is float32 in order, in this process's memory; else converted.
Float32 float32_of(const Array& array, const std::string& name) {
  Float32 result;
  if (nb::try_cast(array.value, result, false)) return result;
  const nb::object converted =
      nb::module_::import_("glassbox._arrays").attr("as_float32")(array.value, name);
  if (!nb::try_cast(converted, result)) {
    throw nb::type_error((name + ": expected an array of numbers").c_str());
  }
  return result;
}

}  // namespace

Tensor tensor_of(const Array& array, const std::string& name) {
  if (!array.value.is_valid() || array.value.is_none()) return {};
  const Tensor x = copy_of(float32_of(array, name), name);
  tensor::require(!has_non_finite(x), "{}: expected finite numbers, got NaN or infinity in {}",
                  name, x.shape());
  return x;
}

Tensor needed(const Array& array, const std::string& name) {
  tensor::require(array.value.is_valid() && !array.value.is_none(),
                  "{}: expected an array, got None", name);
  return tensor_of(array, name);
}

std::vector<std::vector<int64_t>> ids_of(const Array& array, const std::string& name) {
  const Tensor values = needed(array, name);
  tensor::require(values.shape().rank() == 2, "{}: expected token ids (N, S), got {}", name,
                  values.shape());
  const auto [rows, columns] = values.dims<2>();
  std::vector<std::vector<int64_t>> ids;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = values.data() + i * columns;
    ids.emplace_back(row, row + columns);
    for (int64_t j = 0; j < columns; ++j) {
      tensor::require(row[j] == std::floor(row[j]), "{}: expected whole numbers, got {}", name,
                      row[j]);
    }
  }
  return ids;
}

nb::object array_of(const Tensor& x) {
  if (x.empty()) return nb::none();
  auto owned = std::make_unique<Tensor>(x);
  const float* data = owned->data();
  const nb::capsule owner(owned.release(),
                          [](void* p) noexcept { delete static_cast<Tensor*>(p); });
  const std::vector<size_t> dims(x.shape().begin(), x.shape().end());
  return nb::cast(nb::ndarray<nb::numpy, const float>(data, dims.size(), dims.data(), owner));
}

}  // namespace glassbox
