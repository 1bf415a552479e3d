#include <doctest/doctest.h>

#include "tensor/image/image.h"
#include "tensor/image/jpeg.h"
#include "tensor/image/webp.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"
#include "tests/tensor/image/damage.h"

using tensor::Image;
using tensor::Tensor;

namespace {

const tensor::io::SafetensorsFile& golden() {
  static const tensor::io::SafetensorsFile file(support::golden_path("photo_files"));
  return file;
}

std::string golden_file(const std::string& name) {
  const Tensor x = golden().tensor("file/" + name);
  std::string bytes;
  for (int64_t i = 0; i < x.size(); ++i) bytes += static_cast<char>(static_cast<int>(x.data()[i]));
  return bytes;
}

/// The golden files whose names end so.
std::vector<std::string> names(const std::string& end) {
  std::vector<std::string> names;
  for (const std::string& entry : golden().names()) {
    if (entry.starts_with("file/") && entry.ends_with(end)) names.push_back(entry.substr(5));
  }
  return names;
}

/// "" when reading these bytes gives the golden's pixels, else what differs.
std::string difference(const std::string& bytes, const std::string& name) {
  const support::ScratchFolder folder;
  const Tensor expected = golden().tensor("pixels/" + name);
  const Image image = tensor::read_image(folder.write("picture", bytes));
  if (image.height != expected.dim(0) || image.width != expected.dim(1)) return "another size";
  for (int64_t i = 0; i < expected.size(); ++i) {
    if (image.pixels[i] != static_cast<uint8_t>(expected.data()[i])) {
      return "byte " + std::to_string(i) + " is " + std::to_string(image.pixels[i]) + ", not " +
             std::to_string(static_cast<int>(expected.data()[i]));
    }
  }
  return "";
}

/// What reading these bytes is refused with, after the path; "" when it is accepted.
std::string refusal(const std::string& bytes) {
  static const support::ScratchFolder folder;
  const std::filesystem::path path = folder.write("picture.png", bytes);
  try {
    tensor::read_image(path);
    return "";
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    CHECK(message.starts_with(path.string() + ": "));
    return message.substr(path.string().size() + 2);
  }
}

}  // namespace

TEST_CASE("image: JPEGs of every kind give Pillow's pixels, bit for bit") {
  CHECK(names(".jpg").size() == 29);
  if (tensor::jpeg_library() == "stb_image") {
    MESSAGE("skipped: this build has no libjpeg-turbo, and stb_image gives other pixels");
    return;
  }
  for (const std::string& name : names(".jpg")) {
    CAPTURE(name);
    CHECK(difference(golden_file(name), name) == "");
  }
}

TEST_CASE("image: WebPs of every kind give Pillow's pixels, bit for bit") {
  CHECK(names(".webp").size() == 10);
  for (const std::string& name : names(".webp")) {
    CAPTURE(name);
    if (tensor::webp_library().empty()) {
      CHECK(refusal(golden_file(name)).find("libwebp-dev") != std::string::npos);
    } else {
      CHECK(difference(golden_file(name), name) == "");
    }
  }
}

TEST_CASE("image: a JPEG or WebP that is cut short is refused, whatever its name") {
  for (const std::string name : {"exact_444_16x16.jpg", "exact_420_progressive.jpg",
                                 "exact_cmyk.jpg", "exact_422_restart.jpg", "exact_xmp_turn.jpg",
                                 "lossy.webp", "lossless.webp", "alpha.webp", "animated.webp"}) {
    const std::string file = golden_file(name);
    for (size_t size = 12; size + 1 < file.size(); size += 1 + size / 20) {
      CAPTURE(name);
      CAPTURE(size);
      CHECK(refusal(file.substr(0, size)) != "");
    }
  }
}

TEST_CASE("image: a damaged JPEG or WebP is read or refused and never crashes") {
  std::vector<std::string> all = names(".jpg");
  const std::vector<std::string> webps = names(".webp");
  all.insert(all.end(), webps.begin(), webps.end());
  damage(all, golden_file, [](const std::string& bytes) { refusal(bytes); });
}

TEST_CASE("image: a JPEG or WebP that promises too many pixels is refused before they are made") {
  std::string jpeg = golden_file("exact_444_16x16.jpg");
  const size_t frame = jpeg.find("\xff\xc0");
  jpeg.replace(frame + 5, 4, "\x7f\xff\x7f\xff");
  CHECK(refusal(jpeg) == "says that it has 32767 x 32767 pixels; expects at most 134217728 in all");
  if (tensor::webp_library().empty()) return;
  std::string webp = golden_file("alpha.webp");  // VP8X: width - 1 and height - 1 in 24 bits each
  REQUIRE(webp.substr(12, 4) == "VP8X");
  webp.replace(24, 6, std::string("\xff\x3f\0\xff\x3f\0", 6));
  CHECK(refusal(webp) != "");
}

TEST_CASE("image: other formats are refused by their names") {
  const auto box = [](const std::string& brand) { return std::string("\0\0\0\x20", 4) + brand; };
  const std::vector<std::pair<std::string, std::string>> files = {
      {"GIF89a", "GIF"},
      {std::string("II*\0", 4), "TIFF"},
      {std::string("MM\0*", 4), "TIFF"},
      {box("ftypavif"), "AVIF"},
      {box("ftypheic"), "HEIC"},
      {box("ftypmif1"), "HEIC"},
      {box("JXL \r\n"), "JPEG XL"},
      {"8BPS", "Photoshop"},
  };
  for (const auto& [bytes, name] : files) {
    CHECK(refusal(bytes + std::string(40, 'x')) ==
          name + " is not read here; convert the image to PNG, JPEG, WebP or BMP");
  }
}
