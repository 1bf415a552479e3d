#pragma once

#include <string>
#include <string_view>

/// How ops compute: which body of each kernel runs, on how many threads, in which precision.
namespace tensor {

/// Three bodies of every product, convolution and attention. They agree to rounding: a test
/// compares each with the textbook's.
///
///   textbook  the loops of the definition, in double, on one thread: for the debugger, and the
///             oracle of the tests (tensor/kernels/textbook)
///   eigen     Eigen's matrix product, OpenMP over tiles of pixels (im2col) and over heads
///             (tensor/kernels/eigen)
///   fast      our own micro-kernel, Winograd's convolution, online softmax, and bf16x3 where the
///             processor has AMX (tensor/kernels/fast)
///
/// Norms and pointwise ops have two bodies, textbook and fast. The backend eigen takes the latter.
enum class Backend { textbook, eigen, fast };

/// Sets the backend of every op from now on, in the whole process; fast unless set.
/// Errors: std::invalid_argument for eigen in a build without Eigen.
void set_backend(Backend backend);
Backend backend();
/// "textbook", "eigen" or "fast".
std::string_view name_of(Backend backend);
/// The backend of a name. Errors: std::invalid_argument for any other name, with the three listed.
Backend backend_of_name(const std::string& name);

/// Sets a backend, and restores the previous one when the scope ends.
class BackendScope {
 public:
  explicit BackendScope(Backend backend);
  ~BackendScope();
  BackendScope(const BackendScope&) = delete;
  BackendScope& operator=(const BackendScope&) = delete;

 private:
  Backend previous_;
};

/// Number of threads of a kernel: all cores unless set. Values below 1 mean all cores. The results
/// have the same bits for any number of threads.
void set_threads(int threads);
int threads();

/// Lets linear layers of the fast backend multiply in bfloat16 (float32 accumulation): several
/// times faster, 2 to 3 significant digits. Off unless set. Returns false, and changes nothing, on
/// a processor that has neither AMX nor AVX512-BF16.
bool set_bfloat16(bool on);

/// GFLOP/s of plain 1024 x 1024 matrix products by Eigen, one on each thread at the same time. The
/// benchmarks give other rates as shares of it. Takes about a tenth of a second.
/// Errors: std::runtime_error in a build without Eigen.
double gemm_rate();

}  // namespace tensor
