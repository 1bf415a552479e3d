#pragma once

#include <cstdint>
#include <memory>

namespace tensor::kernels {

/// Uninitialised memory for `count` floats, aligned to a cache line. After its last owner it is
/// kept for the next tensor and not returned to the system.
/// Errors: std::bad_alloc when memory runs out.
std::shared_ptr<float[]> allocate(int64_t count);

}  // namespace tensor::kernels
