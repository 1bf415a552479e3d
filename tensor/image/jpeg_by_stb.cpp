#include "tensor/image/jpeg.h"
#include "tensor/image/stb.h"

// In place of jpeg.cpp where the build has no libjpeg-turbo.

namespace tensor {

Image decode_jpeg(const std::string& path, std::string_view file) {
  return decode_with_stb(path, file);
}

std::string jpeg_library() { return "stb_image"; }

}  // namespace tensor
