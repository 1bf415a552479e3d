#pragma once

#include <map>
#include <span>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// Reads the weights of the next modules from the disk while one computes.
///
/// Weights lie in mapped files, and a page that isn't in memory is read when a kernel first needs
/// it: the processor waits. This observer has the system read them ahead: when a module's forward
/// begins, all weights up to `window` bytes behind its own are on their way. Each weight is read
/// ahead once. It costs no memory of the process: the pages are the system's cache.
class ReadAhead : public Observer {
 public:
  static constexpr int64_t default_window = int64_t{512} << 20;

  /// `models` are in the order of their use. They are loaded, and outlive the observer.
  explicit ReadAhead(const std::vector<const Module*>& models, int64_t window = default_window);
  void on_input(const Module& module, Inputs inputs) override;
  void on_output(const Module&, const Tensor&) override {}

  /// The bytes of the weights that were read ahead so far.
  int64_t bytes() const { return ahead_; }

 private:
  /// Reads ahead up to `position`, which counts the bytes of all weights in their order.
  void read_up_to(int64_t position);
  void add(const Module& module);

  int64_t window_;
  std::vector<std::span<const char>> weights_;  // in the order of the constructors
  std::map<const Module*, int64_t> positions_;  // of a module's first weight
  int64_t all_ = 0;                             // bytes of all weights
  size_t next_ = 0;                             // the first of weights_ that isn't read ahead
  int64_t ahead_ = 0;                           // bytes of those before it
};

}  // namespace nn
