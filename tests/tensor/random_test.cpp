#include "tensor/random.h"

#include <doctest/doctest.h>

#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/paths.h"

using tensor::Generator;
using tensor::Tensor;

namespace {

uint32_t bits(float value) { return std::bit_cast<uint32_t>(value); }

/// The numbers as far as ten published digits tell.
void check_numbers(const float* x, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(x[i] - expected[i]) <= 1e-10);
  }
}

void check_randn(uint64_t seed, int64_t count, const std::vector<double>& first,
                 const std::vector<double>& last = {}) {
  CAPTURE(seed);
  CAPTURE(count);
  const Tensor x = Generator(seed).randn({count});
  check_numbers(x.data(), first);
  check_numbers(x.data() + count - static_cast<int64_t>(last.size()), last);
}

/// The check sum of tests/make_goldens/random_numbers.py, over all bits and places.
uint64_t check_sum(const Tensor& x) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < x.size(); ++i) sum += (i + 1) * uint64_t{bits(x.data()[i])};
  return sum;
}

Tensor draw(Generator& generator, const nlohmann::json& call) {
  const std::string kind = call.at("kind");
  const int64_t size = call.at("size");
  if (kind == "randn") return generator.randn({size});
  if (kind == "rand") return generator.rand({size});
  return generator.uniform({size}, call.at("low"), call.at("high"));
}

}  // namespace

TEST_CASE("random: the first normal numbers of a seed are those that torch prints") {
  check_randn(0, 4, {1.5409960747, -0.2934288979, -2.1787893772, 0.5684312582});
  check_randn(42, 4, {0.3366903663, 0.1288094074, 0.2344623655, 0.2303330302});
  check_randn(33, 4, {1.1981903315, -0.3998273909, -0.3476262391, -0.2758554816});
  check_randn(0, 16,
              {-1.1258398294, -1.1523602009, -0.2505785823, -0.4338788092, 0.8487103581,
               0.6920091510, -0.3160127699, -2.1152193546},
              {0.1198415086, 1.2376579046, 1.1167771816, -0.2472781539});
  check_randn(0, 20,
              {-1.1258398294, -1.1523602009, -0.2505785823, -0.4338788092, 0.5988394618,
               -1.5550950766, -0.3413603902, 1.8530061245},
              {0.9318265915, 1.2590092421, 2.0049805642, 0.0537369028});
  check_randn(42, 16,
              {1.9269152880, 1.4872840643, 0.9007171988, -2.1055209637, 0.6784184575, -1.2345448732,
               -0.0430674776, -1.6046669483},
              {-0.7278813124, -0.5594301820, -0.7688388824, 0.7624453902});
  check_randn(42, 20,
              {1.9269152880, 1.4872840643, 0.9007171988, -2.1055209637, -0.7581311464, 1.0783176422,
               0.8008005619, 1.6806205511},
              {-0.3097267747, -0.3957104981, 0.8034093380, -0.6215953827});
  check_randn(33, 16, {0.6013742089, 0.1087413430, -0.4498751163, 0.7841469049},
              {0.1391888261, -1.5146373510, 0.2887516022, 0.5564978123});
}

TEST_CASE("random: latents of 1024 x 1024 pixels from seed 0 have torch's sums") {
  const Tensor x = Generator(0).randn({1, 4, 128, 128});
  check_numbers(x.data(), {-1.1258398294, -1.1523602009, -0.2505785823, -0.4338788092});
  check_numbers(x.data() + 65532, {0.9063947201, 0.1389358044, 0.2618549466, -1.4578040838});
  double sum = 0.0, squares = 0.0;
  for (int64_t i = 0; i < x.size(); ++i) {
    sum += x.data()[i];
    squares += static_cast<double>(x.data()[i]) * x.data()[i];
  }
  CHECK(std::abs(sum - -243.911985) <= 1e-6);
  CHECK(std::abs(squares - 65371.873561) <= 1e-6);
}

TEST_CASE("random: chains of mixed draws equal torch bit for bit") {
  std::ifstream file(support::test_file("goldens/random.json"));
  const nlohmann::json golden = nlohmann::json::parse(file);
  int draws = 0;
  for (const auto& chain : golden.at("chains")) {
    CAPTURE(chain.at("seed"));
    Generator generator(std::stoull(chain.at("seed").get<std::string>()));
    for (const auto& call : chain.at("draws")) {
      CAPTURE(call);
      const Tensor x = draw(generator, call);
      REQUIRE(bits(x.data()[0]) == call.at("first"));
      REQUIRE(bits(x.data()[x.size() - 1]) == call.at("last"));
      REQUIRE(check_sum(x) == std::stoull(call.at("sum").get<std::string>()));
      ++draws;
    }
  }
  CHECK(draws == 341);
}

TEST_CASE("random: the values depend on the number of elements and not on the shape") {
  const Tensor line = Generator(3).randn({240});
  const Tensor block = Generator(3).randn({2, 3, 5, 8});
  CHECK(std::equal(line.data(), line.data() + 240, block.data()));
  CHECK(Generator(3).randn({0, 4}).size() == 0);
  CHECK(Generator(3).randn({}).size() == 1);
}

TEST_CASE("random: only the low 32 bits of a seed are used") {
  CHECK(bits(Generator(5).rand({1}).data()[0]) ==
        bits(Generator(5 + (uint64_t{1} << 32)).rand({1}).data()[0]));
}

TEST_CASE("random: uniform refuses a range whose end is below its start") {
  CHECK_THROWS_WITH_AS(Generator(0).uniform({3}, 1.0, -1.0),
                       "uniform expects low <= high, got 1 and -1", std::invalid_argument);
}
