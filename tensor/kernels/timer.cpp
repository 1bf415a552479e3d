#include "tensor/kernels/timer.h"

#include <chrono>

namespace tensor::kernels {

namespace {

thread_local std::vector<KernelCall>* calls = nullptr;

}  // namespace

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void set_kernel_log(std::vector<KernelCall>* log) { calls = log; }

KernelTimer::KernelTimer(const char* kernel, double multiply_adds, double elements)
    : call_{kernel, 0.0, 0.0, multiply_adds, elements * sizeof(float)} {
  if (calls) call_.start = now();
}

KernelTimer::~KernelTimer() {
  if (!calls) return;
  call_.seconds = now() - call_.start;
  calls->push_back(call_);
}

}  // namespace tensor::kernels
