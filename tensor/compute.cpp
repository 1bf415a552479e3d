#include "tensor/compute.h"

#include <array>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"

namespace tensor {

namespace {

constexpr std::array<std::string_view, 3> names = {"textbook", "eigen", "fast"};
Backend chosen = Backend::fast;

}  // namespace

void set_backend(Backend backend) {
  require(backend != Backend::eigen || kernels::has_eigen(),
          "the backend eigen: this program was built without Eigen; expected textbook or fast, or "
          "a build configured with -DGLASSBOX_EIGEN=ON");
  chosen = backend;
}

Backend backend() { return chosen; }

std::string_view name_of(Backend backend) { return names[static_cast<size_t>(backend)]; }

Backend backend_of_name(const std::string& name) {
  for (const Backend backend : {Backend::textbook, Backend::eigen, Backend::fast}) {
    if (name == name_of(backend)) return backend;
  }
  require(false, "expected the backend textbook, eigen or fast, got \"{}\"", name);
  return Backend::fast;
}

BackendScope::BackendScope(Backend backend) : previous_(tensor::backend()) { set_backend(backend); }
BackendScope::~BackendScope() { chosen = previous_; }

void set_threads(int threads) { kernels::set_threads(threads); }
int threads() { return kernels::threads(); }
bool set_bfloat16(bool on) { return kernels::fast::set_bfloat16(on); }

double gemm_rate() { return kernels::eigen::gemm_rate(); }

}  // namespace tensor
