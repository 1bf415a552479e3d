#include "tensor/image/jpeg.h"

#include <algorithm>

#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/image.h"

namespace {

/// The most pixels that any frame header (0xffc0 to 0xffcf) in a JPEG says.
double announced_pixels(std::string_view file) {
  double most = 0;
  for (size_t at = file.find('\xff'); at != file.npos; at = file.find('\xff', at + 1)) {
    const auto byte = [&](size_t i) {
      return at + i < file.size() ? static_cast<unsigned char>(file[at + i]) : 0;
    };
    if (byte(1) / 16 != 0xc) continue;
    most = std::max(most, (256.0 * byte(5) + byte(6)) * (256.0 * byte(7) + byte(8)));
  }
  return most;
}

}  // namespace

void fuzz::test(std::string_view input) {
  if (!input.starts_with("\xff\xd8\xff") || announced_pixels(input) > most_pixels) return;
  expect_result_or_error("a.jpg",
                         [&] { expect_whole(tensor::decode_jpeg("a.jpg", input), input); });
}
