#ifdef _OPENMP
#include <omp.h>
#endif

#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/sanitizers.h"

namespace tensor::kernels {

namespace {

int chosen_threads = 0;

/// Seconds in which the calling thread has had a core.
double seconds_on_a_core() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Whether other programs use the cores. The calling thread works, or spins for the moments until
/// the last thread of its team has finished. If it had a core for less than four fifths of the last
/// ten milliseconds, it waited to run, or for a thread that did.
bool is_machine_busy() {
  using Clock = std::chrono::steady_clock;
  constexpr double window = 0.01, share = 0.8;
  thread_local Clock::time_point start = Clock::now();
  thread_local double on_a_core = seconds_on_a_core();
  thread_local bool is_busy = false;
  const Clock::time_point now = Clock::now();
  const std::chrono::duration<double> elapsed = now - start;
  if (elapsed.count() > window) {
    const double seconds = seconds_on_a_core();
    is_busy = seconds - on_a_core < share * elapsed.count();
    on_a_core = seconds;
    start = now;
  }
  return is_busy;
}

#ifdef _OPENMP
/// As many of the wanted threads as the system starts. A limit of processes (ulimit -u, a
/// container's) or of addresses (ulimit -v) may be in the way, and OpenMP's runtimes end the
/// program when a thread does not start. So all are started once before, for a moment. Fewer
/// threads give the same bits.
int startable_threads(int wanted) {
  std::atomic<bool> is_over = false;
  std::vector<std::thread> others;
  try {
    others.reserve(wanted);
    while (std::ssize(others) + 1 < wanted) {
      others.emplace_back([&is_over] { is_over.wait(false); });
    }
  } catch (const std::exception&) {  // std::system_error, std::bad_alloc
  }
  is_over = true;
  is_over.notify_all();
  for (std::thread& thread : others) thread.join();
  const int started = static_cast<int>(others.size()) + 1;
#pragma omp parallel num_threads(started)
  {}  // OpenMP starts its own now, before other memory is taken, and keeps them
  return started;
}
#endif

}  // namespace

void set_threads(int threads) { chosen_threads = threads; }

int threads_for_elements(int64_t count) { return threads_for(64.0 * static_cast<double>(count)); }

int threads_for(double multiply_adds) {
  if (has_thread_sanitizer) return threads();  // it finds races between threads that do run
  // Some 20 microseconds. On a busy machine some milliseconds: a team is as slow as its last
  // thread, which waits that long for a core.
  const double worth_threads = is_machine_busy() ? 1e8 : 2e6;
  return multiply_adds < worth_threads ? 1 : threads();
}

#ifdef _OPENMP
int threads() {
  static std::mutex mutex;
  static std::atomic<int> wanted = 1, available = 1;
  const int now_wanted = chosen_threads >= 1 ? chosen_threads : omp_get_num_procs();
  if (now_wanted == wanted) return available;
  const std::lock_guard lock(mutex);
  available = startable_threads(now_wanted);
  wanted = now_wanted;
  return available;
}
#else
int threads() { return 1; }  // WebAssembly: the pragmas have no effect
#endif

}  // namespace tensor::kernels
