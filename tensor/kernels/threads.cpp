#include <omp.h>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {
int chosen_threads = 0;
}

void set_threads(int threads) { chosen_threads = threads; }

int threads() { return chosen_threads >= 1 ? chosen_threads : omp_get_num_procs(); }

}  // namespace tensor::kernels
