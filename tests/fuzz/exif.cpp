#include "tensor/image/orientation.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/png.h"

/// The orientation of a JPEG, a PNG or a WebP, or of a bare block of Exif data, which is put into
/// a JPEG and into a PNG.
void fuzz::test(std::string_view input) {
  const auto expect_orientation = [](std::string_view file) {
    const int orientation = tensor::exif_orientation(file);
    expect(1 <= orientation && orientation <= 8, "an orientation is none of the eight");
  };
  expect_orientation(input);
  expect_orientation(with_check_sums(input));
  const std::string exif = std::string("Exif\0\0", 6) + std::string(input.substr(0, 60'000));
  const size_t length = exif.size() + 2;
  expect_orientation("\xff\xd8\xff\xe1" + std::string{static_cast<char>(length >> 8)} +
                     static_cast<char>(length) + exif);
}
