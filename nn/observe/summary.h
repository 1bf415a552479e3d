#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/dtype.h"

namespace nn {

/// A module's class without its namespace and template arguments, such as "ResnetBlock".
std::string class_name(const Module& module);

/// Class, shape and costs of one module. Parameters, bytes and multiply-adds include those of all
/// modules below it.
struct ModuleSummary {
  std::string path;
  std::string kind;           // its class, such as ResnetBlock
  int depth = 0;              // 0 for the model itself
  tensor::Shape output = {};  // of rank 0 for a module without an output: a ModuleList
  int64_t parameters = 0;
  int64_t bytes = 0;  // of the parameters, as they are stored
  int64_t multiply_adds = 0;
};

/// Summarises a model and every module below it, each before its children, in the order of
/// construction.
///
/// `forward` runs the model once in a dry run, in which nothing is computed. The multiply-adds are
/// those that the kernels report (nn::Profile):
///
///   Linear, Conv2d   size(output) size(weight) / out_channels
///   attention        q k^T and softmax v: 2 N T S C
///
/// A parameter that is not loaded counts with `dtype`. Afterwards it has that dtype, but no
/// elements.
std::vector<ModuleSummary> summarize(const Module& model, tensor::DType dtype,
                                     const std::function<void()>& forward);

}  // namespace nn
