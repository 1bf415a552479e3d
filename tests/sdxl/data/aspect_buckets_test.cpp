#include "sdxl/data/aspect_buckets.h"

#include <doctest/doctest.h>

#include <algorithm>

using sdxl::aspect_buckets;
using sdxl::nearest_bucket;
using sdxl::PixelSize;

TEST_CASE("buckets: forty sizes of about a megapixel with sides in multiples of 64") {
  for (const PixelSize& bucket : aspect_buckets()) {
    CAPTURE(bucket.height);
    CHECK(bucket.height % 64 == 0);
    CHECK(bucket.width % 64 == 0);
    const double share = static_cast<double>(bucket.height * bucket.width) / (1024.0 * 1024.0);
    CHECK(share > 0.86);
    CHECK(share <= 1.0);
    // The paper's table is not symmetric everywhere, but each aspect ratio rises from row to row.
  }
  const bool rising = std::is_sorted(aspect_buckets().begin(), aspect_buckets().end(),
                                     [](const PixelSize& a, const PixelSize& b) {
                                       return a.height * b.width < b.height * a.width;
                                     });
  CHECK(rising);
}

TEST_CASE("buckets: the nearest one keeps an image's shape") {
  CHECK(nearest_bucket({1024, 1024}) == PixelSize{1024, 1024});
  CHECK(nearest_bucket({3000, 4000}) == PixelSize{896, 1152});
  CHECK(nearest_bucket({4000, 3000}) == PixelSize{1152, 896});
  CHECK(nearest_bucket({1080, 1920}) == PixelSize{768, 1344});
  CHECK(nearest_bucket({1, 100}) == PixelSize{512, 2048});
  CHECK_THROWS(nearest_bucket({0, 10}));
}
