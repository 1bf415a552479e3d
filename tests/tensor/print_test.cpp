#include "tensor/print.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/paths.h"

using tensor::Shape;
using tensor::Tensor;

namespace {

/// The numbers of tests/make_goldens/print.py that are made and not stored.
std::vector<float> pattern(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(i * 7919 % 1009 - 504) / 7.0f);
  }
  return values;
}

}  // namespace

TEST_CASE("print: tensors are printed as by NumPy") {
  std::ifstream file(support::test_file("goldens/print.json"));
  const nlohmann::json golden = nlohmann::json::parse(file);
  for (const auto& example : golden.at("examples")) {
    const Shape shape(example.at("shape").get<std::vector<int64_t>>());
    std::vector<float> values;
    if (example.contains("values")) {
      for (const auto& text : example.at("values")) {
        values.push_back(std::strtof(text.get<std::string>().c_str(), nullptr));
      }
    } else {
      values = pattern(shape.size());
    }
    CAPTURE(shape.str());
    CAPTURE(values[0]);
    const bool is_same =
        to_string(Tensor::from(shape, values)) == example.at("text").get<std::string>();
    CHECK(is_same);
  }
  CHECK(golden.at("examples").size() >= 20);
}

TEST_CASE("print: an empty tensor and one without elements can be printed") {
  CHECK(tensor::to_string(Tensor()) == "Tensor(empty)");
  CHECK(tensor::to_string(Tensor::zeros({2, 0, 3})) == "[]");
  std::ostringstream out;
  out << Tensor::from({2}, {1, 2.5});
  CHECK(out.str() == "[1.  2.5]");
}

TEST_CASE("print: the summary has shape, range, mean and the count of NaN") {
  CHECK(tensor::summary(Tensor::from({2, 2}, {-1, 2, 0.5, 0.25})) ==
        "Tensor(2, 2) min -1 max 2 mean 0.4375");
  CHECK(tensor::summary(Tensor::from({4}, {NAN, 1, 3, NAN})) ==
        "Tensor(4,) min 1 max 3 mean 2 and 2 NaN");
  CHECK(tensor::summary(Tensor::from({2}, {NAN, NAN})) == "Tensor(2,) and 2 NaN");
  CHECK(tensor::summary(Tensor::from({2}, {INFINITY, 1})) == "Tensor(2,) min 1 max inf mean inf");
  CHECK(tensor::summary(Tensor::from({}, {7})) == "Tensor() min 7 max 7 mean 7");
  CHECK(tensor::summary(Tensor::zeros({0, 3})) == "Tensor(0, 3)");
  CHECK(tensor::summary(Tensor()) == "Tensor(empty)");
}
