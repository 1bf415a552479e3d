#pragma once

#include <cstdint>
#include <memory>

namespace tensor::kernels {

/// Memory for `count` numbers that nobody has written yet, which begins a line of the cache. When
/// its last owner is gone, it is kept for the next tensor rather than given back to the system.
/// Errors: std::bad_alloc when there is no more.
std::shared_ptr<float[]> allocate(int64_t count);

}  // namespace tensor::kernels
