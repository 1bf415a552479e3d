#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "nn/trace.h"

namespace glassbox {

namespace nb = nanobind;

/// Makes the observer of a call. Kept in a process-wide list while its context is open: see `watch`.
using MakeObserver = std::function<std::unique_ptr<nn::Observer>()>;

/// Adds an observer to all calls from now on, and removes it again. Called with the interpreter's
/// lock.
int64_t watch(MakeObserver make);
void unwatch(int64_t id);

/// The observers of one call, in the thread of the call: those of the list, and one that ends the
/// call with KeyboardInterrupt on Ctrl-C.
class Watching {
 public:
  Watching();
  ~Watching();
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  std::vector<std::unique_ptr<nn::Observer>> observers_;
};

/// Runs a function of C++ without the interpreter's lock, under the observers.
template <class Function>
auto run(Function&& function) {
  const Watching watching;
  const nb::gil_scoped_release unlocked;
  return std::forward<Function>(function)();
}

}  // namespace glassbox
