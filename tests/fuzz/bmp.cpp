#include "tensor/image/stb.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/image.h"

namespace {

/// Height times width by the header of a BMP: two numbers of 2 or of 4 bytes.
double announced_pixels(std::string_view file) {
  const auto number = [&](size_t position, int bytes) {
    double value = 0;
    for (int i = bytes - 1; i >= 0; --i) {
      const size_t place = position + static_cast<size_t>(i);
      value = 256 * value + (place < file.size() ? static_cast<unsigned char>(file[place]) : 0);
    }
    return bytes == 4 && value > 0x7fffffff ? 4294967296.0 - value : value;  // top-down: negative
  };
  return number(14, 4) == 12 ? number(18, 2) * number(20, 2) : number(18, 4) * number(22, 4);
}

}  // namespace

void fuzz::test(std::string_view input) {
  if (!input.starts_with("BM") || announced_pixels(input) > most_pixels) return;
  expect_result_or_error("a.bmp",
                         [&] { expect_whole(tensor::decode_with_stb("a.bmp", input), input); });
}
