#pragma once

#include <functional>
#include <string>

#include "nn/observe/compare.h"
#include "nn/trace.h"

namespace nn {

/// The reference's output by a module's path; empty if the reference has none.
using Reference = std::function<Tensor(const std::string& path)>;

/// Compares each module's output with the reference's when the module ends, and keeps no tensor.
///
/// A module without an output in the reference has no row.
class Comparer : public Observer {
 public:
  explicit Comparer(Reference reference) : reference_(std::move(reference)) {}
  void on_output(const Module& module, const Tensor& output) override;
  const Comparison& comparison() const { return comparison_; }

 protected:
  Tensor theirs_;  // the reference's output of the module that ends

 private:
  Reference reference_;
  Comparison comparison_;
};

/// Compares, and then replaces each module's output with the reference's.
///
/// Every module computes on the reference's values, so that errors don't accumulate: a row is the
/// local error of that module's own forward, without its children's. If the two can't be compared,
/// the module returns its own output.
class TeacherForcing : public Comparer {
 public:
  using Comparer::Comparer;
  Tensor replace(const Module& module, const Tensor& output) override;
};

/// The output of one layer alone: Linear, Conv2d, GroupNorm, LayerNorm, or Embedding, whose input
/// is a tensor of ids. Empty for any other module, whose forward may have several arguments.
Tensor replay(const Module& module, const Tensor& input);

}  // namespace nn
