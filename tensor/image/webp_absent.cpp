#include "tensor/error.h"
#include "tensor/image/webp.h"

// In place of webp.cpp where the build has no libwebp.

namespace tensor {

Image decode_webp(const std::string& path, std::string_view) {
  fail(
      "{}: a WebP image, and this build has no libwebp; install it (libwebp-dev) and build again, "
      "or convert the image to PNG",
      path);
}

std::string webp_library() { return ""; }

}  // namespace tensor
