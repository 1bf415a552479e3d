#include "nn/observe/profile.h"

#include <doctest/doctest.h>

#include <map>

#include "nn/linear.h"
#include "nn/load.h"

using tensor::Shape;
using tensor::Tensor;

namespace {

/// Two layers below `inner`, one beside it.
class Inner : public nn::Module {
 public:
  explicit Inner(const nn::Slot& slot)
      : nn::Module(slot), a(child("a"), 2, 3), b(child("b"), 3, 4) {}
  Tensor forward(const Tensor& x) const {
    record_inputs({{"x", x}});
    return record(b.forward(a.forward(x)));
  }

  nn::Linear a, b;
};

class Outer : public nn::Module {
 public:
  explicit Outer(const nn::Slot& slot)
      : nn::Module(slot), inner(child("inner")), last(child("last"), 4, 1) {}
  Tensor forward(const Tensor& x) const {
    record_inputs({{"x", x}});
    return record(last.forward(inner.forward(x)));
  }

  Inner inner;
  nn::Linear last;
};

}  // namespace

TEST_CASE("nn: a profile has each kernel call and each module's time") {
  Outer outer(nn::root());
  std::map<std::string, Tensor> weights;
  for (nn::Parameter* parameter : nn::all_parameters(outer)) {
    const Tensor& ones = weights[parameter->name()] = Tensor::full(parameter->shape(), 1.0f);
    parameter->set({ones.data(), tensor::DType::f32, ones.shape()});
  }
  const Tensor x = Tensor::full({5, 2}, 1.0f);
  const nn::Profile profile;
  outer.forward(x);
  {
    const nn::Recorder not_in_the_way;
    outer.forward(x);
  }

  REQUIRE(profile.kernel_calls().size() == 6);
  const tensor::kernels::KernelCall& run = profile.kernel_calls()[4];  // inner.b, the second time
  CHECK(std::string(run.kernel) == "linear");
  CHECK(run.multiply_adds == 5 * 3 * 4);
  CHECK(run.bytes == 4 * (5 * 3 + 5 * 4 + 3 * 4));
  CHECK(run.start + run.seconds <= profile.kernel_calls()[5].start);

  const std::vector<nn::Profile::Span> spans = profile.spans();
  const std::vector<std::string> paths = {"inner.a", "inner.b", "inner", "last", ""};
  REQUIRE(spans.size() == 10);
  for (size_t i = 0; i < spans.size(); ++i) CHECK(spans[i].path == paths[i % 5]);
  // A span begins before the first kernel below it, and after the spans before it.
  CHECK(spans[9].start <= spans[7].start);
  CHECK(spans[7].start <= profile.kernel_calls()[3].start);
  CHECK(spans[4].start + spans[4].seconds <= spans[9].start);
  CHECK(profile.kernel_calls()[4].start <= spans[8].start);
  CHECK(spans[8].start <= profile.kernel_calls()[5].start);
  CHECK(spans[9].start + spans[9].seconds <= profile.start() + profile.seconds());
}

TEST_CASE("nn: a profile gives each kernel's multiply-adds to the module that calls it") {
  Outer outer(nn::root());
  const Tensor ones = Tensor::full({4, 4}, 1.0f);
  for (nn::Parameter* parameter : nn::all_parameters(outer)) {
    parameter->set({ones.data(), tensor::DType::f32, parameter->shape()});
  }
  const nn::Profile profile;
  CHECK_THROWS(outer.forward(Tensor::full({5, 3}, 1.0f)));  // stops in inner.a
  outer.forward(Tensor::full({5, 2}, 1.0f));
  outer.inner.a.forward(Tensor::full({1, 2}, 1.0f));
  CHECK(profile.multiply_adds(outer.inner.a) == (5 + 1) * 2 * 3);
  CHECK(profile.multiply_adds(outer.inner.b) == 5 * 3 * 4);
  CHECK(profile.multiply_adds(outer.last) == 5 * 4 * 1);
  CHECK(profile.multiply_adds(outer) == 0);
  REQUIRE(profile.spans().size() == 6);
  CHECK(profile.spans()[4].path.empty());
}
