#include "nn/trace.h"

#include <algorithm>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

namespace {

thread_local std::vector<Observer*> observers;
thread_local bool are_paused = false;

const Tensor* find_in(const std::vector<Recorder::Entry>& entries, const std::string& path) {
  const auto found =
      std::ranges::find_if(entries, [&](const auto& entry) { return entry.path == path; });
  return found == entries.end() ? nullptr : &found->tensor;
}

bool have_equal_rows(const Tensor& a, const Tensor& b) {
  if (a.shape().rank() != b.shape().rank() || a.shape().rank() == 0) return false;
  return std::equal(a.shape().begin() + 1, a.shape().end(), b.shape().begin() + 1);
}

/// Appends a tensor, or concatenates it to the earlier one of the same path.
void add(std::vector<Recorder::Entry>& entries, const std::string& path, const Tensor& tensor) {
  for (Recorder::Entry& entry : entries) {
    if (entry.path != path) continue;
    if (!have_equal_rows(entry.tensor, tensor)) {
      tensor::fail(
          "trace: {} has two sizes in this run, {} and {}; expected one, leave its path out", path,
          entry.tensor.shape(), tensor.shape());
    }
    entry.tensor = concat(entry.tensor, tensor, 0);
    return;
  }
  entries.push_back({path, tensor});
}

}  // namespace

const std::vector<Observer*>& active_observers() {
  static const std::vector<Observer*> none;
  return are_paused ? none : observers;
}

ObserversPaused::ObserversPaused() : before_(are_paused) { are_paused = true; }
ObserversPaused::~ObserversPaused() { are_paused = before_; }

Observer::Observer() { observers.push_back(this); }
Observer::Observer(Place /*place*/) { observers.insert(observers.begin(), this); }
Observer::~Observer() { std::erase(observers, this); }

void Observer::on_input(const Module& /*module*/, Inputs /*inputs*/) {}
Tensor Observer::replace(const Module& /*module*/, const Tensor& output) { return output; }

Recorder::Recorder(Filter filter, Keep keep) : filter_(std::move(filter)), keep_(keep) {}

void Recorder::on_input(const Module& module, Inputs inputs) {
  if (keep_ == Keep::outputs || (filter_ && !filter_(module.path()))) return;
  for (const Input& input : inputs) {
    if (input.value.empty()) continue;
    add(inputs_, "inputs/" + module.path() + "/" + std::string(input.name), input.value);
  }
}

void Recorder::on_output(const Module& module, const Tensor& output) {
  if (!filter_ || filter_(module.path())) add(entries_, module.path(), output);
}

const Tensor* Recorder::find(const std::string& path) const {
  const Tensor* output = find_in(entries_, path);
  return output ? output : find_in(inputs_, path);
}

void NonFiniteFinder::on_output(const Module& module, const Tensor& output) {
  if (found_ || !has_non_finite(output)) return;
  found_ = true;
  path_ = module.path();
}

}  // namespace nn
