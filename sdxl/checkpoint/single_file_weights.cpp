#include "sdxl/checkpoint/single_file_weights.h"

#include <set>

#include "nn/parameter.h"
#include "sdxl/vae/vae_aliases.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::Tensor;
using tensor::WeightView;
using tensor::io::SafetensorsFile;

/// Part `third` of the rows.
WeightView third_of(const WeightView& fused, int third) {
  std::vector<int64_t> dims(fused.shape.begin(), fused.shape.end());
  dims[0] /= 3;
  const tensor::Shape shape(dims);
  const int64_t offset = third * shape.size() * tensor::size_of(fused.dtype);
  return {static_cast<const char*>(fused.data) + offset, fused.dtype, shape};
}

WeightView view_of(const SafetensorsFile& file, const std::string& name,
                   const SingleFilePlace& place, std::vector<Tensor>& copies) {
  const WeightView whole = file.weight(name);
  const int rank = whole.shape.rank();
  switch (place.part) {
    case SingleFilePlace::Part::third:
      if (rank == 0 || whole.shape.dim(0) % 3 != 0) {
        tensor::fail("{}: {}: expected query, key and value in equal thirds, got {}",
                     file.path().string(), tensor::printable(name), whole.shape);
      }
      return third_of(whole, place.third);
    case SingleFilePlace::Part::transposed:
      if (rank != 2) return whole;
      copies.push_back(permute(Tensor::from(whole), {1, 0}));
      return {copies.back().data(), tensor::DType::f32, copies.back().shape()};
    case SingleFilePlace::Part::as_matrix:
      return without_pixels(whole);
    default:
      return whole;
  }
}

}  // namespace

nn::WeightSource single_file_weights(const SafetensorsFile& file, const SingleFilePart& part,
                                     const nn::Module& model, std::vector<Tensor>& copies) {
  nn::WeightSource source;
  source.description = file.path().string();
  if (!part.prefix.empty()) source.description += " (" + part.prefix + "...)";
  std::set<std::string> used;
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    const SingleFilePlace place = part.place_of(parameter->name());
    const std::string name = part.prefix + place.name;
    if (!file.contains(name)) continue;  // missing, says nn::load
    source.weights.emplace(parameter->name(), view_of(file, name, place, copies));
    used.insert(name);
  }
  for (const std::string& name : file.names()) {
    const bool is_known = used.contains(name) || (part.is_left_out && part.is_left_out(name));
    if (is_known || !name.starts_with(part.prefix)) continue;
    source.weights.emplace(name, WeightView{nullptr, tensor::DType::f32, file.shape(name)});
  }
  return source;
}

}  // namespace sdxl
