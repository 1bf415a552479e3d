#pragma once

#include <vector>

namespace tensor::kernels {

/// One run of a kernel.
struct Run {
  const char* kernel;
  double start;          // in seconds, by std::chrono::steady_clock
  double seconds;        // that it took
  double multiply_adds;  // those of the textbook's loops, whatever the kernel does
  double bytes;          // of the numbers that it reads and writes, each counted once
};

/// Keeps the runs of this thread's kernels in `log` from here on; null: keeps none.
void set_log(std::vector<Run>* log);

/// Stands at the head of a kernel and says what it is about to do. While a log is kept, the run is
/// in it when the kernel is done.
class Job {
 public:
  Job(const char* kernel, double multiply_adds, double numbers);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

 private:
  Run run_;
};

}  // namespace tensor::kernels
