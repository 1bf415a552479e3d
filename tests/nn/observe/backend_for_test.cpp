#include "nn/observe/backend_for.h"

#include <doctest/doctest.h>

#include "nn/module.h"
#include "tensor/ops.h"

using tensor::Backend;
using tensor::Tensor;

namespace {

/// Stores the backend of its last forward.
class Leaf : public nn::Module {
 public:
  explicit Leaf(const nn::Slot& slot) : Module(slot) {}
  Tensor forward(const Tensor& x) {
    record_inputs({{"x", x}});
    backend = tensor::backend();
    return record(x);
  }
  Backend backend = Backend::fast;
};

class Pair : public nn::Module {
 public:
  explicit Pair(const nn::Slot& slot)
      : Module(slot), first(child("first")), second(child("second")) {}
  Tensor forward(const Tensor& x) {
    record_inputs({{"x", x}});
    return record(second.forward(first.forward(x)));
  }
  Leaf first, second;
};

}  // namespace

TEST_CASE("backend for: only the modules that match compute with it, and all below them") {
  Pair pair(nn::root("pair"));
  const Tensor x = Tensor::zeros({1});
  {
    const nn::BackendFor textbook(Backend::textbook, {"*.second"});
    pair.forward(x);
    CHECK(pair.first.backend == Backend::fast);
    CHECK(pair.second.backend == Backend::textbook);
    CHECK(tensor::backend() == Backend::fast);
    textbook.expect_matches("--textbook");
  }
  const nn::BackendFor all(Backend::textbook, {"pair"});
  pair.forward(x);
  CHECK(pair.first.backend == Backend::textbook);
  CHECK(pair.second.backend == Backend::textbook);
  CHECK(tensor::backend() == Backend::fast);
}

TEST_CASE("backend for: a pattern that matches no module is an error with the nearest paths") {
  Pair pair(nn::root("pair"));
  const nn::BackendFor textbook(Backend::textbook, {"pair.third"});
  pair.forward(Tensor::zeros({1}));
  CHECK_THROWS_WITH_AS(textbook.expect_matches("--textbook"),
                       doctest::Contains("--textbook: no module"), std::runtime_error);
}
