#include <omp.h>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {
int chosen_threads = 0;
}

void set_threads(int threads) { chosen_threads = threads; }

int threads_for_elements(int64_t count) { return threads_for(64.0 * static_cast<double>(count)); }

int threads_for(double multiply_adds) {
  constexpr double worth_threads = 2e6;  // some 20 microseconds
  return multiply_adds < worth_threads ? 1 : threads();
}

int threads() { return chosen_threads >= 1 ? chosen_threads : omp_get_num_procs(); }

}  // namespace tensor::kernels
