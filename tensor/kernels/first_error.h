#pragma once

#include <atomic>
#include <exception>

namespace tensor::kernels {

/// The first error of a parallel region. An exception that leaves a region ends the program, so
/// what may throw there (it is std::bad_alloc, when memory runs out) is called by `run`, and the
/// error is thrown after the region:
///
///   FirstError error;
///   #pragma omp parallel for
///   for (...) error.run([&] { ... });
///   error.rethrow();
class FirstError {
 public:
  /// Calls `act` and keeps what it throws. After an error it calls nothing, in any thread; in the
  /// thread of the error surely, in others when they see it.
  template <class Act>
  void run(const Act& act) noexcept {
    if (has_failed_.load(std::memory_order_relaxed)) return;
    try {
      act();
    } catch (...) {
      if (!has_failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  /// After the region: throws the error, if there was one.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> has_failed_ = false;
  std::exception_ptr error_;
};

}  // namespace tensor::kernels
