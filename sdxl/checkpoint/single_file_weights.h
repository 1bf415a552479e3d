#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/load.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// A model's part in a file of Stability's layout.
struct SingleFilePart {
  std::string prefix;  // in front of its names in the file
  std::function<SingleFilePlace(const std::string& parameter)> place_of;
  /// Tensors below the prefix that are none of its weights; none: all are.
  std::function<bool(const std::string& name)> is_left_out = {};
};

/// The part's weights under our names, where they lie in the file; thirds of fused matrices too.
/// What lies there transposed is copied, into `copies`, which must outlive the model.
/// Errors: std::runtime_error for a fused matrix that has no equal thirds.
nn::WeightSource single_file_weights(const tensor::io::SafetensorsFile& file,
                                     const SingleFilePart& part, const nn::Module& model,
                                     std::vector<tensor::Tensor>& copies);

}  // namespace sdxl
