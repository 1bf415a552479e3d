#include "nn/observe/backend_for.h"

#include "nn/observe/path_pattern.h"

namespace nn {

BackendFor::BackendFor(tensor::Backend backend, std::vector<std::string> patterns)
    : backend_(backend), patterns_(std::move(patterns)), matches_(paths_like(patterns_)) {}

void BackendFor::on_input(const Module& module, Inputs /*inputs*/) {
  paths_.insert(module.path());
  if (inside_ || !matches_(module.path())) return;
  inside_ = &module;
  scope_.emplace(backend_);
}

void BackendFor::on_output(const Module& module, const Tensor& /*output*/) {
  if (&module != inside_) return;
  scope_.reset();
  inside_ = nullptr;
}

void BackendFor::expect_matches(const std::string& what) const {
  nn::expect_matches(what, patterns_, {paths_.begin(), paths_.end()});
}

}  // namespace nn
