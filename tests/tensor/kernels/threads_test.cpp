#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/sanitizers.h"

namespace tensor {

TEST_CASE("kernels: a thread that had no core runs the next small kernels alone" *
          doctest::skip(kernels::has_thread_sanitizer)) {
  const int before = kernels::threads();
  kernels::set_threads(4);
  kernels::threads_for(0.0);                                   // a window of time begins
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // as when others have the core
  CHECK(kernels::threads_for(1e7) == 1);
  CHECK(kernels::threads_for_elements(1'000'000) == 1);
  CHECK(kernels::threads_for(1e9) == 4);
  kernels::set_threads(before);
}

}  // namespace tensor
