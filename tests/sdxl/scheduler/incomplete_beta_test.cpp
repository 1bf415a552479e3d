#include "sdxl/scheduler/incomplete_beta.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

struct Quantile {
  double share, a, b, x;  // scipy.stats.beta.ppf(share, a, b)
};

}  // namespace

TEST_CASE("incomplete beta: quantiles are scipy's") {
  const std::vector<Quantile> quantiles = {
      {1e-06, 0.6, 0.6, 1.8558824624053043e-10}, {0.01, 0.6, 0.6, 0.00086123882154290593},
      {0.3, 0.6, 0.6, 0.23401700387523572},      {0.5, 0.6, 0.6, 0.50000000000000011},
      {0.77, 0.6, 0.6, 0.84616241423235017},     {0.999, 0.6, 0.6, 0.99998144126148258},
      {1e-06, 2.5, 0.7, 0.0050112985071793471},  {0.01, 2.5, 0.7, 0.19597479033740997},
      {0.3, 2.5, 0.7, 0.70977589121488038},      {0.5, 2.5, 0.7, 0.84150217884148404},
      {0.77, 2.5, 0.7, 0.95276412929266829},     {0.999, 2.5, 0.7, 0.99998085075547793},
      {1e-06, 8, 3, 0.11347061320524988},        {0.01, 8, 3, 0.38825714116242566},
      {0.3, 8, 3, 0.66703311810495258},          {0.5, 8, 3, 0.74142527671503689},
      {0.77, 8, 3, 0.83146667417845199},         {0.999, 8, 3, 0.97896202867901316},
  };
  for (const Quantile& q : quantiles) {
    CAPTURE(q.share);
    CHECK(std::fabs(sdxl::beta_quantile(q.share, q.a, q.b) - q.x) <= 1e-14);
    CHECK(std::fabs(sdxl::incomplete_beta(q.x, q.a, q.b) - q.share) <= 1e-12);
  }
}

TEST_CASE("incomplete beta: known values and the ends") {
  CHECK(sdxl::incomplete_beta(0.3, 1, 1) == doctest::Approx(0.3).epsilon(1e-14));
  CHECK(sdxl::incomplete_beta(0.3, 2, 1) == doctest::Approx(0.09).epsilon(1e-14));
  CHECK(sdxl::incomplete_beta(0.25, 0.5, 0.5) == doctest::Approx(1.0 / 3).epsilon(1e-14));
  CHECK(sdxl::beta_quantile(0, 0.6, 0.6) == 0);
  CHECK(sdxl::beta_quantile(1, 0.6, 0.6) == 1);
}
