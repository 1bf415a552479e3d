#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {
thread_local bool is_on = false;
}

void set_dry_run(bool on) { is_on = on; }

bool is_dry_run() { return is_on; }

}  // namespace tensor::kernels
