#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/trace.h"
#include "tensor/kernels/timer.h"

namespace nn {

/// Records every kernel call of its thread, and the begin and end of each module's forward.
///
/// In a dry run kernels compute nothing, but the profile still has their multiply-adds.
class Profile : public Observer {
 public:
  Profile();
  ~Profile() override;
  void on_input(const Module& module, Inputs inputs) override;
  void on_output(const Module& module, const Tensor& output) override;

  /// All kernel calls, in their order.
  const std::vector<tensor::kernels::KernelCall>& kernel_calls() const { return kernel_calls_; }
  /// The time when the profile began, on the clock of runs and spans, and the seconds since then.
  double start() const { return start_; }
  double seconds() const;

  /// One call of a module's forward, from record_inputs to record.
  struct Span {
    std::string path;
    double start, seconds;
  };
  /// All calls in the order in which they ended. The span of a module includes those of its
  /// children.
  const std::vector<Span>& spans() const { return spans_; }
  /// The multiply-adds of a module's own kernel calls, in all its calls, without its children's.
  int64_t multiply_adds(const Module& module) const;

 private:
  /// A module whose forward is running.
  struct Call {
    const Module* module;
    double start;
  };
  /// Adds the kernel calls since the last count to the innermost module that is running.
  void count_kernel_calls();

  double start_;
  std::vector<tensor::kernels::KernelCall> kernel_calls_;
  size_t counted_ = 0;       // of kernel_calls_
  std::vector<Call> calls_;  // innermost last
  std::vector<Span> spans_;
  std::map<const Module*, double> multiply_adds_;
};

}  // namespace nn
