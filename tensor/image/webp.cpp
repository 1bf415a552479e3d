#include "tensor/image/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "tensor/error.h"
#include "tensor/image/limits.h"

namespace tensor {

namespace {

std::vector<uint8_t> without_alpha(const uint8_t* rgba, int64_t pixels) {
  std::vector<uint8_t> rgb;
  rgb.reserve(pixels * 3);
  for (int64_t i = 0; i < pixels; ++i) rgb.insert(rgb.end(), rgba + 4 * i, rgba + 4 * i + 3);
  return rgb;
}

}  // namespace

Image decode_webp(const std::string& path, std::string_view file) {
  constexpr const char* cut_short = "{}: the image is damaged or cut short";
  const WebPData data = {reinterpret_cast<const uint8_t*>(file.data()), file.size()};
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK) fail(cut_short, path);
  const int64_t height = features.height, width = features.width;
  expect_few_pixels(path, height, width, file.size());

  // Still images too: Pillow reads all of them as an animation's first frame.
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
      WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  uint8_t* rgba = nullptr;  // the decoder's
  int ignored_time = 0;
  if (!decoder || WebPAnimDecoderGetNext(decoder.get(), &rgba, &ignored_time) == 0) {
    fail(cut_short, path);
  }
  return {height, width, without_alpha(rgba, height * width)};
}

std::string webp_library() {
  const int version = WebPGetDecoderVersion();  // 0xMMmmrr
  return format("libwebp {}.{}.{}", version >> 16, version >> 8 & 0xff, version & 0xff);
}

}  // namespace tensor
