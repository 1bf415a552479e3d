#pragma once

#include <functional>
#include <string>

#include "nn/observe/compare.h"
#include "nn/trace.h"

namespace nn {

/// Returns the reference's output for a module's path; empty if the reference has none.
using Reference = std::function<Tensor(const std::string& path)>;

/// Compares each module's output with the reference's when its forward ends, and keeps no tensor.
///
/// A module without an output in the reference has no row.
class Comparer : public Observer {
 public:
  explicit Comparer(Reference reference) : reference_(std::move(reference)) {}
  void on_output(const Module& module, const Tensor& output) override;
  const Comparison& comparison() const { return comparison_; }

 protected:
  Tensor theirs_;  // the reference's output for the current module

 private:
  Reference reference_;
  Comparison comparison_;
};

/// Compares, and then replaces each module's output with the reference's.
///
/// Every module computes on the reference's values, so errors don't accumulate: a row is the local
/// error of that module's own forward, without its children's. If the two outputs can't be
/// compared, the module returns its own.
class TeacherForcing : public Comparer {
 public:
  using Comparer::Comparer;
  Tensor replace(const Module& module, const Tensor& output) override;
};

/// Runs one layer alone on an input: Linear, Conv2d, GroupNorm, LayerNorm, or Embedding, whose
/// input is a tensor (N, S) of ids. The result is empty for any other module: its forward may have
/// several arguments.
Tensor replay(const Module& module, const Tensor& input);

}  // namespace nn
