#include "tests/fuzz/support/png.h"

#include "tensor/image/stb.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/image.h"

namespace {

/// Height times width by the headers in a PNG.
double announced_pixels(std::string_view file) {
  double most = 0;
  for (size_t at = file.find("IHDR"); at != file.npos; at = file.find("IHDR", at + 1)) {
    double sides[2] = {0, 0};
    for (size_t i = 0; i < 8 && at + 4 + i < file.size(); ++i) {
      sides[i / 4] = 256 * sides[i / 4] + static_cast<unsigned char>(file[at + 4 + i]);
    }
    most = std::max(most, sides[0] * sides[1]);
  }
  return most;
}

}  // namespace

/// A PNG with the right check sums.
void fuzz::test(std::string_view input) {
  if (!input.starts_with("\x89PNG") || announced_pixels(input) > most_pixels) return;
  const std::string file = with_check_sums(input);
  expect_result_or_error("a.png", [&] {
    const tensor::Image image = tensor::decode_with_stb("a.png", file);
    expect_whole(image, file);
    if (image.pixels.size() > 4096) return;
    const tensor::Image again =
        tensor::decode_with_stb("b.png", tensor::encode_png("b.png", image));
    expect(again.pixels == image.pixels, "a PNG that was written has other pixels");
  });
}
