#pragma once

#include <set>
#include <string>

#include "nn/trace.h"

namespace nn {

/// An observer that replaces outputs while it is on: one change of an experiment.
class Knob : public Observer {
 public:
  void on_output(const Module& module, const Tensor& output) override;
  /// Only while it is on a knob changes anything. It begins on.
  void turn(bool on) { is_on_ = on; }

  /// The paths of the modules that it was applied to so far.
  const std::set<std::string>& met() const { return met_; }

 protected:
  bool is_on() const { return is_on_; }
  void meet(const std::string& path) { met_.insert(path); }

 private:
  bool is_on_ = true;
  std::set<std::string> met_;
};

}  // namespace nn
