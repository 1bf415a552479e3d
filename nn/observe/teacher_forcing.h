#pragma once

#include <functional>
#include <string>

#include "nn/observe/compare.h"
#include "nn/trace.h"

namespace nn {

/// The reference's output of a module by its path; empty where the reference kept none.
using Reference = std::function<Tensor(const std::string& path)>;

/// Compares each module's output with the reference's as the module ends, and keeps no tensor.
///
/// A module that the reference has no output of makes no row.
class Comparer : public Observer {
 public:
  explicit Comparer(Reference reference) : reference_(std::move(reference)) {}
  void on_output(const Module& module, const Tensor& output) override;
  const Comparison& comparison() const { return comparison_; }

 protected:
  Tensor theirs_;  // the reference's output of the module that ends now

 private:
  Reference reference_;
  Comparison comparison_;
};

/// Compares, and then lets each module return the reference's output instead of its own.
///
/// Every module so works on the reference's numbers, and a difference is seen where it is made and
/// nowhere behind: a row is the error of that module's own arithmetic, its children's left out.
/// Where the two can't be compared the module's own output stays.
class TeacherForcing : public Comparer {
 public:
  using Comparer::Comparer;
  Tensor replace(const Module& module, const Tensor& output) override;
};

/// A layer run by itself on one input: Linear, Conv2d, GroupNorm, LayerNorm, or Embedding, whose
/// input are ids. Empty for any other module: what those are given is more than one tensor.
Tensor replay(const Module& module, const Tensor& input);

}  // namespace nn
