#include "tests/fuzz/support/image.h"

#include "tensor/image/orientation.h"
#include "tests/fuzz/support/fuzz.h"

namespace fuzz {

void expect_whole(const tensor::Image& image, std::string_view file) {
  const int64_t bytes = image.height * image.width * 3;
  expect(bytes > 0 && std::ssize(image.pixels) == bytes, "an image has not the bytes of its size");
  const tensor::Image turned = tensor::upright(image, tensor::exif_orientation(file));
  expect(turned.pixels.size() == image.pixels.size(), "a turned image has another size");
}

}  // namespace fuzz
