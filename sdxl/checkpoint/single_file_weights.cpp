#include "sdxl/checkpoint/single_file_weights.h"

#include <set>

#include "nn/parameter.h"
#include "sdxl/checkpoint/weight_files.h"
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
                   const SingleFilePlace& place) {
  const WeightView whole = file.weight(name);
  switch (place.part) {
    case SingleFilePlace::Part::third:
      if (whole.shape.rank() == 0 || whole.shape.dim(0) % 3 != 0) {
        tensor::fail("{}: {}: expected query, key and value in equal thirds, got {}",
                     file.path().string(), tensor::printable(name), whole.shape);
      }
      return third_of(whole, place.third);
    case SingleFilePlace::Part::as_matrix:
      return without_pixels(whole);
    default:
      return whole;
  }
}

}  // namespace

nn::WeightSource single_file_weights(const SafetensorsFile& file,
                                     const SingleFileComponent& component,
                                     const nn::Module& model) {
  nn::WeightSource source{.description = file.path().string()};
  source.owners.files.push_back(file.mapping());
  if (!component.prefix.empty()) source.description += " (" + component.prefix + "...)";
  std::set<std::string> used;
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    const SingleFilePlace place = component.place_of(parameter->name());
    const std::string name = component.prefix + place.name;
    if (!file.contains(name)) continue;  // nn::load reports it as missing
    used.insert(name);
    const bool is_transposed = place.part == SingleFilePlace::Part::transposed;
    if (is_transposed && file.shape(name).rank() == 2) {
      source.add(parameter->name(), permute(Tensor::from(file.weight(name)), {1, 0}));
    } else {
      source.weights.emplace(parameter->name(), view_of(file, name, place));
    }
  }
  for (const std::string& name : file.names()) {
    const bool is_known =
        used.contains(name) || (component.is_left_out && component.is_left_out(name));
    if (is_known || !name.starts_with(component.prefix)) continue;
    add_weight(file, name, source);
  }
  return source;
}

}  // namespace sdxl
