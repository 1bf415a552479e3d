#include "tensor/dry_run.h"

#include "tensor/kernels/kernels.h"

namespace tensor {

DryRun::DryRun() { kernels::set_dry_run(true); }
DryRun::~DryRun() { kernels::set_dry_run(false); }

}  // namespace tensor
