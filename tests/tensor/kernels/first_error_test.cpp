#include "tensor/kernels/first_error.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/sanitizers.h"

namespace kernels = tensor::kernels;

namespace {

/// Allows this process `more` bytes of addresses beside those that it has.
void limit_addresses(rlim_t more) {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t bytes = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

}  // namespace

TEST_CASE("kernels: the error of one thread of a region is thrown after it, and ends the work") {
  kernels::FirstError error;
  CHECK_NOTHROW(error.rethrow());
  std::vector<std::thread> team;
  for (int i = 0; i < 4; ++i) {
    team.emplace_back([&] { error.run([] { throw std::bad_alloc(); }); });
  }
  for (std::thread& thread : team) thread.join();
  bool is_called = false;
  error.run([&] { is_called = true; });
  CHECK(!is_called);
  CHECK_THROWS_AS(error.rethrow(), std::bad_alloc);
}

// Sanitizers need addresses without a limit.
TEST_CASE("kernels: when memory runs out in a region the error is std::bad_alloc" *
          doctest::skip(kernels::has_address_sanitizer || kernels::has_thread_sanitizer)) {
  if (!kernels::has_eigen()) return;
  const pid_t child = fork();
  if (child == 0) {
    kernels::set_threads(1);
    const int64_t inputs = 400'000, outputs = 128;
    const std::vector<float> x(inputs);
    const std::vector<uint8_t> w(inputs * outputs);
    std::vector<float> out(outputs);
    limit_addresses(16 << 20);  // the region needs 205 MB
    try {
      kernels::eigen::linear(x.data(), 1, inputs, {w.data(), tensor::DType::f8_e4m3}, {}, outputs,
                             out.data());
    } catch (const std::bad_alloc&) {
      _exit(42);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
}
