#include "tensor/image/jpeg.h"

#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first

#include "tensor/error.h"
#include "tensor/image/limits.h"

namespace tensor {

namespace {

constexpr int max_scans = 500;  // a progressive file of ten has all that encoders write
constexpr const char* cut_short = "the image is damaged or cut short";

/// libjpeg reports an error by a callback that must not return: it jumps back to `on_error`. No
/// function between the two has objects with destructors.
struct Decoder {
  explicit Decoder(std::string_view file);
  ~Decoder() { jpeg_destroy_decompress(&jpeg); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf on_error{};
  char message[JMSG_LENGTH_MAX] = "there is not enough memory";
};

Decoder& decoder_of(void* client_data) { return *static_cast<Decoder*>(client_data); }

[[noreturn]] void give_up(Decoder& decoder, const char* message) {
  std::snprintf(decoder.message, sizeof(decoder.message), "%s", message);
  std::longjmp(decoder.on_error, 1);
}

void report(j_common_ptr jpeg) {
  char reason[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, reason);
  char message[JMSG_LENGTH_MAX + 32];
  std::snprintf(message, sizeof(message), "the image is damaged: %s", reason);
  give_up(decoder_of(jpeg->client_data), message);
}

boolean expect_more(j_decompress_ptr jpeg) { give_up(decoder_of(jpeg->client_data), cut_short); }

void skip(j_decompress_ptr jpeg, long count) {
  jpeg_source_mgr& source = *jpeg->src;
  if (count <= 0) return;
  if (static_cast<size_t>(count) > source.bytes_in_buffer) expect_more(jpeg);
  source.next_input_byte += count;
  source.bytes_in_buffer -= count;
}

/// A small file can have thousands of scans, each over all pixels.
void expect_few_scans(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > max_scans) {
    give_up(decoder_of(jpeg->client_data), "the image is damaged: it has more than 500 scans");
  }
}

Decoder::Decoder(std::string_view file) {
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = report;
  errors.output_message = [](j_common_ptr) {};  // of warnings
  jpeg.client_data = this;
  source.init_source = [](j_decompress_ptr) {};
  source.fill_input_buffer = expect_more;
  source.skip_input_data = skip;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = [](j_decompress_ptr) {};
  source.next_input_byte = reinterpret_cast<const JOCTET*>(file.data());
  source.bytes_in_buffer = file.size();
  progress.progress_monitor = expect_few_scans;
}

/// Reads up to the first scan. False after an error.
bool read_header(Decoder& decoder) {
  if (setjmp(decoder.on_error) != 0) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.jpeg.src = &decoder.source;
  decoder.jpeg.progress = &decoder.progress;
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

/// Decodes all rows, of `channels` bytes a pixel. False after an error.
bool read_rows(Decoder& decoder, int64_t channels, uint8_t* out) {
  if (setjmp(decoder.on_error) != 0) return false;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  jpeg.out_color_space = channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = out + channels * jpeg.output_width * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  return true;
}

/// a b / 255, rounded.
int product_of_bytes(int a, int b) {
  const int product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

std::vector<uint8_t> rgb_of_inverted_cmyk(const std::vector<uint8_t>& cmyk) {
  std::vector<uint8_t> rgb;
  rgb.reserve(cmyk.size() / 4 * 3);
  for (size_t i = 0; i < cmyk.size(); i += 4) {
    const int k = cmyk[i + 3];
    for (size_t c = i; c < i + 3; ++c) {
      rgb.push_back(static_cast<uint8_t>(std::max(k - product_of_bytes(255 - cmyk[c], k), 0)));
    }
  }
  return rgb;
}

}  // namespace

Image decode_jpeg(const std::string& path, std::string_view file) {
  Decoder decoder(file);
  if (!read_header(decoder)) fail("{}: {}", path, decoder.message);
  const int64_t height = decoder.jpeg.image_height, width = decoder.jpeg.image_width;
  const int components = decoder.jpeg.num_components;
  expect_few_pixels(path, height, width, file.size());
  if (components != 1 && components != 3 && components != 4) {
    fail("{}: a JPEG of {} components; expects 1 (grey), 3 (RGB) or 4 (CMYK)", path, components);
  }
  const int64_t channels = components == 4 ? 4 : 3;  // grey is repeated
  std::vector<uint8_t> pixels(height * width * channels);
  if (!read_rows(decoder, channels, pixels.data())) fail("{}: {}", path, decoder.message);
  if (channels == 4) pixels = rgb_of_inverted_cmyk(pixels);
  return {height, width, std::move(pixels)};
}

std::string jpeg_library() {
#define GLASSBOX_TEXT_OF(x) #x
#define GLASSBOX_VALUE_OF(x) GLASSBOX_TEXT_OF(x)
  return "libjpeg-turbo " GLASSBOX_VALUE_OF(LIBJPEG_TURBO_VERSION);
}

}  // namespace tensor
