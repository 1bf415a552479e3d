#include "tensor/compute.h"

#include <doctest/doctest.h>

using tensor::Backend;

TEST_CASE("compute: backends have names, and any other name is refused with the three") {
  for (const Backend backend : {Backend::textbook, Backend::eigen, Backend::fast}) {
    CHECK(tensor::backend_of_name(std::string(name_of(backend))) == backend);
  }
  CHECK_THROWS_WITH(tensor::backend_of_name("quick"),
                    "expected the backend textbook, eigen or fast, got \"quick\"");
}

TEST_CASE("compute: a scope's backend ends with it") {
  CHECK(tensor::backend() == Backend::fast);
  {
    const tensor::BackendScope scope(Backend::textbook);
    CHECK(tensor::backend() == Backend::textbook);
  }
  CHECK(tensor::backend() == Backend::fast);
}
