#include "tensor/error.h"
#include "tensor/kernels/kernels.h"

// This file replaces the others of this folder in a build without Eigen (-DGLASSBOX_EIGEN=OFF).
// set_backend refuses the backend, so only the last two functions can be called.

namespace tensor::kernels {

namespace {

[[noreturn]] void refuse(const char* kernel) {
  fail("{}: this program was built without Eigen; configure the build with -DGLASSBOX_EIGEN=ON",
       kernel);
}

}  // namespace

bool has_eigen() { return false; }

namespace eigen {

void matmul(const float*, const float*, const MatmulShape&, float*) { refuse("matmul"); }
void linear(const float*, int64_t, int64_t, const Weight&, const Weight&, int64_t, float*) {
  refuse("linear");
}
void conv2d(const float*, const Weight&, const Weight&, const Conv2dShape&, float*) {
  refuse("conv2d");
}
void attention(const float*, const float*, const float*, const AttentionShape&, float*) {
  refuse("attention");
}
bool least_squares(const float*, int64_t, int64_t, const float*, int64_t, float*) {
  refuse("least_squares");
}
double gemm_rate() { refuse("gemm_rate"); }

}  // namespace eigen
}  // namespace tensor::kernels
