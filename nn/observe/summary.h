#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/dtype.h"

namespace nn {

/// What one module is and costs, with all that is below it.
struct ModuleSummary {
  std::string path;           // "" for the model itself
  std::string kind;           // its class, such as ResnetBlock
  int depth = 0;              // 0 for the model itself
  tensor::Shape output = {};  // of rank 0 for a module that has none of its own: a ModuleList
  int64_t parameters = 0;
  int64_t bytes = 0;  // of the parameters, as they are stored
  int64_t multiply_adds = 0;
};

/// A model and every module below it, each before its parts, in the order of their construction.
///
///   Linear, Conv2d   one multiply-add for each number of the output and each weight that it reads:
///                    size(output) size(weight) / outputs
///   attention        q k^T and softmax v, 2 N T S C in all: 2 size(q) S
///
/// Nothing else multiplies matrices, and nothing else is counted. `forward` runs the model, once;
/// it is a dry run, and computes nothing. A parameter that isn't loaded counts as one of `dtype`,
/// which it is from then on: it has a dtype and a shape, but no numbers.
std::vector<ModuleSummary> summarize(const Module& model, tensor::DType dtype,
                                     const std::function<void()>& forward);

}  // namespace nn
