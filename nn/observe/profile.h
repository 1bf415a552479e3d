#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"
#include "tensor/kernels/timer.h"

namespace nn {

/// Where the time goes: while one lives, it keeps every run of a kernel on its thread, and when
/// each module ended.
class Profile : public Observer {
 public:
  Profile();
  ~Profile() override;
  void on_output(const Module& module, const Tensor& output) override;

  const std::vector<tensor::kernels::KernelCall>& runs() const { return runs_; }
  /// When it began, on the clock of runs and spans, and how long ago that is.
  double start() const { return start_; }
  double seconds() const;

  /// A module's turn, from its first kernel's start to its output.
  struct Span {
    std::string path;
    double start, seconds;
  };
  /// All turns in the order of their ends. A kernel belongs to the module that ends next, and a
  /// module's turn holds those of the modules below it.
  std::vector<Span> spans() const;

 private:
  struct End {
    std::string path;
    size_t runs;  // that were over by then
    double time;
  };
  double start_;
  std::vector<tensor::kernels::KernelCall> runs_;
  std::vector<End> ends_;
};

}  // namespace nn
