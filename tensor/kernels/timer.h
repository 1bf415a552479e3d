#pragma once

#include <vector>

namespace tensor::kernels {

/// Seconds by std::chrono::steady_clock: the clock of all times below.
double now();

/// One call of a kernel.
struct KernelCall {
  const char* kernel;
  double start;          // by now()
  double seconds;        // its duration
  double multiply_adds;  // of the textbook's loops, in every backend
  double bytes;          // of the elements that it reads and writes, each counted once
};

/// Sets the log of this thread: every kernel call is appended to it. Null ends the logging.
void set_kernel_log(std::vector<KernelCall>* log);

/// Times one kernel call and appends it to the thread's log, if one is set.
class KernelTimer {
 public:
  KernelTimer(const char* kernel, double multiply_adds, double elements);
  ~KernelTimer();
  KernelTimer(const KernelTimer&) = delete;
  KernelTimer& operator=(const KernelTimer&) = delete;

 private:
  KernelCall call_;
};

}  // namespace tensor::kernels
