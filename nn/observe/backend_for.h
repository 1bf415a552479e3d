#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nn/trace.h"
#include "tensor/compute.h"

namespace nn {

/// While it exists, the modules whose path matches a pattern, and all modules below them, compute
/// with another backend. So with the backend textbook only these modules are slow.
class BackendFor : public Observer {
 public:
  BackendFor(tensor::Backend backend, std::vector<std::string> patterns);
  void on_input(const Module& module, Inputs inputs) override;
  void on_output(const Module& module, const Tensor& output) override;

  /// Errors: std::runtime_error for the first pattern that matches no module that has run; the
  /// message begins with `what` and names the nearest paths.
  void expect_matches(const std::string& what) const;

 private:
  tensor::Backend backend_;
  std::vector<std::string> patterns_;
  Recorder::Filter matches_;
  std::set<std::string> paths_;  // of all modules that have run
  const Module* inside_ = nullptr;
  std::optional<tensor::BackendScope> scope_;
};

}  // namespace nn
