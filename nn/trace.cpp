#include "nn/trace.h"

#include <algorithm>

#include "tensor/ops.h"

namespace nn {

namespace {
thread_local std::vector<Observer*> observers;
}

const std::vector<Observer*>& active_observers() { return observers; }

Observer::Observer() { observers.push_back(this); }
Observer::~Observer() { std::erase(observers, this); }

Tensor Observer::replace(const Module& /*module*/, const Tensor& output) { return output; }

Recorder::Recorder(std::string prefix, Filter filter)
    : prefix_(std::move(prefix)), filter_(std::move(filter)) {}

void Recorder::on_output(const Module& module, const Tensor& output) {
  const std::string path = join_path(prefix_, module.path());
  if (filter_ && !filter_(path)) return;
  for (Entry& entry : entries_) {
    if (entry.path == path) {
      entry.output = concat(entry.output, output, 0);
      return;
    }
  }
  entries_.push_back({path, output});
}

const Tensor* Recorder::find(const std::string& path) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.path == path; });
  return found == entries_.end() ? nullptr : &found->output;
}

void NonFiniteFinder::on_output(const Module& module, const Tensor& output) {
  if (found_ || !has_non_finite(output)) return;
  found_ = true;
  path_ = module.path();
}

}  // namespace nn
