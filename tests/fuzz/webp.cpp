#include "tensor/image/webp.h"

#include <webp/decode.h>

#include "tensor/image/orientation.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/image.h"

void fuzz::test(std::string_view input) {
  if (!tensor::is_webp(input)) return;
  WebPBitstreamFeatures header;
  const auto* bytes = reinterpret_cast<const uint8_t*>(input.data());
  const bool has_header = WebPGetFeatures(bytes, input.size(), &header) == VP8_STATUS_OK;
  if (has_header && double{1} * header.width * header.height > most_pixels) return;
  expect_result_or_error("a.webp",
                         [&] { expect_whole(tensor::decode_webp("a.webp", input), input); });
}
