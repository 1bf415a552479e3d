#include "sdxl/pipeline/non_finite.h"

#include "nn/trace.h"
#include "tensor/error.h"

namespace sdxl {

void fail_at_non_finite(const std::string& part, const std::function<void()>& run) {
  nn::NonFiniteFinder finder;
  run();
  tensor::fail(
      "{}: output holds NaN or infinity, and no module before it does; are this module's weights "
      "damaged?",
      finder.found() ? finder.path() : part);
}

}  // namespace sdxl
