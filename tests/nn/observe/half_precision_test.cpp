#include "nn/observe/half_precision.h"

#include <doctest/doctest.h>

#include <limits>

namespace {

using nn::Tensor;

/// Returns its input.
class Echo : public nn::Module {
 public:
  explicit Echo(const nn::Slot& slot) : Module(slot) {}
  Tensor forward(const Tensor& x) const { return record(x); }
};

struct Two : nn::Module {
  Two() : Module(nn::root()), first(child("first")), second(child("second")) {}
  Echo first, second;
};

}  // namespace

TEST_CASE("half precision: the first module whose output overflows is named") {
  const Two two;
  const auto run = [&](float a, float b) {
    two.first.forward(Tensor::from({2}, {-a, 1.0f}));
    two.second.forward(Tensor::from({2}, {0.5f, b}));
  };
  const auto first_overflow = [&](float a, float b) {
    const nn::HalfPrecisionWatch watch;
    run(a, b);
    return watch.first_overflow();
  };
  CHECK(first_overflow(65504.0f, 1.0f) == "");       // the largest half
  CHECK(first_overflow(65519.0f, 1.0f) == "");       // rounds down to it
  CHECK(first_overflow(65520.0f, 1.0f) == "first");  // rounds up
  CHECK(first_overflow(1.0f, 1e9f) == "second");
  CHECK(first_overflow(1e6f, 1e9f) == "first");
  const nn::HalfPrecisionWatch watch;
  run(3.0f, std::numeric_limits<float>::infinity());
  REQUIRE(watch.rows().size() == 2);
  CHECK(watch.rows()[0].path == "first");
  CHECK(watch.rows()[0].largest == 3.0f);
  CHECK(watch.rows()[0].fits);
  CHECK_FALSE(watch.rows()[1].fits);
}
