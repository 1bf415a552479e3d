#include "tensor/image/image.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "tensor/image/jpeg.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"
#include "tests/tensor/image/damage.h"

using tensor::Image;
using tensor::Tensor;
using tensor::to_image;

namespace {

namespace fs = std::filesystem;

std::vector<uint8_t> bytes_of(const Tensor& x) { return {x.data(), x.data() + x.size()}; }

std::string text_of(const Tensor& x) {
  const std::vector<uint8_t> bytes = bytes_of(x);
  return {bytes.begin(), bytes.end()};
}

const tensor::io::SafetensorsFile& golden() {
  static const tensor::io::SafetensorsFile file(support::golden_path("image_files"));
  return file;
}

/// The bytes of one of the golden image files.
std::string golden_file(const std::string& name) {
  return text_of(golden().tensor("file/" + name));
}

/// What reading a file of these bytes is refused with, after its path; "" when it is accepted.
std::string refusal(const std::string& bytes) {
  static const support::ScratchFolder folder;
  const fs::path path = folder.write("image", bytes);
  try {
    tensor::read_image(path);
    return "";
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    CHECK(message.starts_with(path.string() + ": "));
    return message.substr(path.string().size() + 2);
  }
}

Image noise(int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int64_t i = 0; i < height * width * 3; ++i) {
    image.pixels.push_back(static_cast<uint8_t>(i * 7919 % 251));
  }
  return image;
}

}  // namespace

TEST_CASE("image: every kind of file gives the pixels that diffusers reads from it") {
  const support::ScratchFolder folder;
  int files = 0;
  for (const std::string& entry : golden().names()) {
    if (!entry.starts_with("file/")) continue;
    const std::string name = entry.substr(5);
    CAPTURE(name);
    const Tensor expected = golden().tensor("pixels/" + name);
    const Image image = tensor::read_image(folder.write(name, golden_file(name)));
    REQUIRE(image.height == expected.dim(0));
    REQUIRE(image.width == expected.dim(1));
    int largest = 0;  // stb_image rounds JPEGs differently; all else is exact
    for (int64_t i = 0; i < expected.size(); ++i) {
      largest = std::max(largest, std::abs(image.pixels[i] - static_cast<int>(expected.data()[i])));
    }
    const bool is_rounded = name.ends_with(".jpg") && tensor::jpeg_library() == "stb_image";
    CHECK(largest <= (is_rounded ? 2 : 0));
    ++files;
  }
  CHECK(files == 24);
}

TEST_CASE("image: a written file is read back, pixels and texts") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "out.png";
  const Image image = noise(37, 21);
  const tensor::TextChunks texts = {
      {"prompt", "a caf\u00e9, \u732b and \U0001f600\nline two"}, {"seed", "42"}, {"empty", ""}};
  write_png(path, image, texts);
  CHECK(tensor::read_image(path).pixels == image.pixels);
  CHECK(tensor::read_png_texts(path) == texts);
  write_png(path, image);
  CHECK(tensor::read_png_texts(path).empty());
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("image: bytes of a text that are not UTF-8 are replaced one by one") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "out.png";
  const auto mended = [&](const std::string& text) {
    write_png(path, noise(1, 1), {{"prompt", text}});
    return tensor::read_png_texts(path).at(0).second;
  };
  const std::string unknown = "\uFFFD";
  CHECK(mended("a\xff"
               "b") == "a" + unknown + "b");
  CHECK(mended("cut \xe7\x8c") == "cut " + unknown + unknown);
  CHECK(mended(std::string("zero\0byte", 9)) == "zero" + unknown + "byte");
  CHECK(mended("\xc0\x80") == unknown + unknown);                // overlong
  CHECK(mended("\xe0\x80\x80") == unknown + unknown + unknown);  // overlong
  CHECK(mended("\xed\xa0\x80") == unknown + unknown + unknown);  // half of a surrogate pair
  CHECK(mended("\xf4\x90\x80\x80") == unknown + unknown + unknown + unknown);  // past the last
  CHECK(mended("\xf4\x8f\xbf\xbf\xed\x9f\xbf") == "\xf4\x8f\xbf\xbf\xed\x9f\xbf");
}

TEST_CASE("image: the writer refuses keys and sizes that a PNG cannot hold") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "out.png";
  for (const std::string& key :
       {std::string(), std::string(80, 'k'), std::string("caf\u00e9"), std::string("a\nb")}) {
    CHECK_THROWS_AS(write_png(path, noise(1, 1), {{key, "x"}}), std::invalid_argument);
  }
  CHECK_THROWS_AS(write_png(path, Image{}), std::invalid_argument);
  CHECK_THROWS_WITH(write_png(path, Image{2, 2, std::vector<uint8_t>(11)}),
                    "write_png expects H x W x 3 bytes, got 11 for 2 x 2 pixels");
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("image: values become bytes as in diffusers, half to even") {
  // (x / 2 + 0.5) * 255 = 0.5, 1.5, 2.5, 254.5 exactly: rounded to 0, 2, 2, 254
  const auto byte = [](float x) {
    return static_cast<int>(to_image(Tensor::full({1, 3, 1, 1}, x)).pixels[0]);
  };
  CHECK(byte(-1.0f) == 0);
  CHECK(byte(1.0f) == 255);
  CHECK(byte(0.0f) == 128);  // 127.5
  CHECK(byte(-7.0f) == 0);
  CHECK(byte(7.0f) == 255);
  CHECK(byte(INFINITY) == 255);
  CHECK(byte(-INFINITY) == 0);
  for (int value = 0; value < 256; ++value) {
    CHECK(byte(static_cast<float>(value) / 255.0f * 2.0f - 1.0f) == value);
  }
}

TEST_CASE("image: channels and rows keep their order to bytes and back") {
  const Image image = noise(5, 7);
  const Tensor x = from_image(image);
  CHECK(x.shape() == tensor::Shape{1, 3, 5, 7});
  CHECK(x.at({0, 2, 4, 1}) == image.pixels[(4 * 7 + 1) * 3 + 2] / 255.0f * 2.0f - 1.0f);
  CHECK(to_image(x).pixels == image.pixels);
}

TEST_CASE("image: a NaN is refused with its position and another shape by name") {
  std::vector<float> values(3 * 2 * 2, 0.0f);
  values[4 + 3] = NAN;
  CHECK_THROWS_WITH(to_image(Tensor::from({1, 3, 2, 2}, values)),
                    "to_image expects numbers, got NaN in row 1, column 1");
  CHECK_THROWS_WITH(to_image(Tensor::zeros({2, 3, 2, 2})),
                    "to_image expects (1, 3, H, W), got (2, 3, 2, 2)");
  CHECK_THROWS_AS(to_image(Tensor::zeros({1, 4, 2, 2})), std::invalid_argument);
  CHECK_THROWS_AS(to_image(Tensor()), std::invalid_argument);
}

TEST_CASE("image: a file that is no image or is cut short is refused") {
  const std::string unknown =
      "no image that can be read; expects PNG, JPEG, WebP or BMP of at most 134217728 pixels";
  CHECK(refusal("") == unknown);
  CHECK(refusal("hello") == unknown);
  CHECK(refusal("RIFF\x10\0\0\0WEBPVP8 ") == unknown);
  for (const std::string name :
       {"rgb.png", "rgb.jpg", "progressive.jpg", "rgb.bmp", "turned.png"}) {
    const std::string file = golden_file(name);
    REQUIRE(refusal(file) == "");
    for (size_t size = 0; size < file.size() - 1; size += 1 + size / 50) {
      CAPTURE(name);
      CAPTURE(size);
      CHECK(refusal(file.substr(0, size)) != "");
    }
  }
  std::string damaged = golden_file("rgb.png");
  damaged[damaged.size() / 2] ^= 4;
  CHECK(refusal(damaged) == "the image is damaged or cut short");
}

TEST_CASE("image: a header that promises too many pixels is refused before they are made") {
  const auto png_of = [](const std::string& size) {  // width and height, four bytes each
    return "\x89PNG\r\n\x1a\n" + std::string("\0\0\0\x0dIHDR", 8) + size +
           std::string("\x08\x02\0\0\0\0\0\0\0", 9);
  };
  CHECK(refusal(png_of(std::string("\0\0\x3a\x98\0\0\x3a\x98", 8))) ==
        "says that it has 15000 x 15000 pixels; expects at most 134217728 in all");
  CHECK(refusal(png_of("\x7f\xff\xff\xff\x7f\xff\xff\xff")) ==
        "no image that can be read; expects PNG, JPEG, WebP or BMP of at most 134217728 pixels");
}

// Found by tests/fuzz: a BMP whose height is negative has its rows from the top.
TEST_CASE("image: the size in a BMP's header is checked without its sign") {
  const auto bmp_of = [](const std::string& height) {  // 40 000 pixels wide, 24 bits
    return "BM" + std::string(8, '\0') + std::string("\x36\0\0\0\x28\0\0\0\x40\x9c\0\0", 12) +
           height + std::string("\1\0\x18\0", 4) + std::string(24, '\0');
  };
  CHECK(refusal(bmp_of(std::string("\xc0\x63\xff\xff", 4))) ==
        "says that it has 40000 x 40000 pixels; expects at most 134217728 in all");
  CHECK(refusal(bmp_of(std::string(4, '\0'))) == "says that it has 40000 x 0 pixels");
}

TEST_CASE("image: a file with far fewer bytes than pixels is refused before they are made") {
  const std::string flat(  // 11 585 x 11 585 pixels of one colour: 1.5 GB while it is decoded
      "\x52\x49\x46\x46\x1a\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x4c\x0e\x00\x00\x00\x2f\x40\x2d"
      "\x50\x0b\x07\x10\x11\xfd\x0f\x44\x44\xff\x03",
      34);
  CHECK(refusal(flat) ==
        "says that it has 11585 x 11585 pixels in 34 bytes; expects at least 4194132 bytes");
}

TEST_CASE("image: a chunk of a PNG that no decoder has is named without control characters") {
  std::string png = golden_file("rgb.png");
  const auto chunk = [](const std::string& type, uint32_t crc) {
    std::string text = std::string(4, '\0') + type;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(crc >> shift);
    return text;
  };
  png.insert(33, chunk("A\x1b[m", 0x78d335af));  // behind IHDR
  CHECK(refusal(png).starts_with("the image is damaged: A\\x1b[m"));
}

TEST_CASE("image: two thousand damaged files are read or refused and never crash") {
  const std::vector<std::string> names = {"rgb.jpg",  "progressive.jpg",   "orientation_6.jpg",
                                          "rgb.bmp",  "palette_alpha.png", "turned.png",
                                          "grey.jpg", "alpha_16_bits.png"};
  damage(names, golden_file, [](const std::string& bytes) { refusal(bytes); });
}

TEST_CASE("image: texts are read from tEXt chunks and damaged chunks end the reading") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "out.png";
  write_png(path, noise(2, 2), {{"a", "1"}, {"b", "2"}});
  CHECK(tensor::read_png_texts(path).size() == 2);
  CHECK_THROWS_WITH(tensor::read_png_texts(folder.write("x.png", "hello")),
                    ((folder.path() / "x.png").string() + ": is no PNG").c_str());
}
