#include "tensor/io/safetensors_header.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <stdexcept>

namespace {

std::string length_prefix(uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes;
}

/// The bytes of a file with this header and this many bytes of data.
std::string file_of(const std::string& header, size_t data_size = 0) {
  return length_prefix(header.size()) + header + std::string(data_size, 'd');
}

/// What reading a file of these bytes is refused with, after its path; "" when it is accepted.
std::string refusal(const std::string& bytes) {
  const std::string path = "model.safetensors";
  try {
    tensor::io::read_safetensors_header(path, bytes);
    return "";
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    CHECK(message.starts_with(path + ": "));
    return message.substr(path.size() + 2);
  }
}

/// The same for a header before 24 bytes of data: two float tensors fit, a (2, 2) and b (2).
std::string header_refusal(const std::string& header) { return refusal(file_of(header, 24)); }

const std::string good_a = R"("a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]})";
const std::string good_b = R"("b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]})";

/// The refusal of a header whose tensor a is described by `fields`.
std::string entry_refusal(const std::string& fields) {
  return header_refusal(R"({"a":{)" + fields + "}," + good_b + "}");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("safetensors: files of other formats are refused with their format") {
  CHECK(refusal("") == "the file is empty");
  CHECK(contains(refusal("abc"), "no whole safetensors file"));
  CHECK(contains(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
                 "git-lfs pointer; fetch the file itself with `git lfs pull`"));
  CHECK(contains(refusal("PK\x03\x04 archive/data.pkl ...."), "PyTorch pickle"));
  CHECK(contains(refusal("\x80\x02}q\x01(X\x05\x00\x00\x00weigh"), "PyTorch pickle"));
  CHECK(contains(refusal("<!DOCTYPE html><html>not found</html>"), "web page"));
  CHECK(contains(refusal("\n <html>login</html>"), "web page"));
  CHECK(contains(refusal("{\"_class_name\": \"UNet2DConditionModel\"}"), "JSON text"));
  CHECK(contains(refusal("GGUF\x03\x00\x00\x00"), "GGUF"));
  CHECK(contains(refusal(length_prefix(2) + "[]"), "should begin with an open brace"));
  CHECK(contains(refusal(length_prefix(3) + " {}"), "should begin with an open brace"));
}

TEST_CASE("safetensors: a header length is checked before anything is read with it") {
  const std::string good = file_of("{" + good_a + "," + good_b + "}", 24);
  REQUIRE(refusal(good) == "");
  for (const uint64_t length :
       {good.size(), good.size() - 7, uint64_t{100'000'001}, uint64_t{1} << 63, UINT64_MAX}) {
    CHECK(contains(refusal(length_prefix(length) + good.substr(8)), "no whole safetensors file"));
  }
  const std::string long_header = length_prefix(100'000'001) + "{}" + std::string(99'999'999, ' ');
  CHECK(contains(refusal(long_header), "(at most 100000000)"));
  for (size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(good.substr(0, size)) != "");
  }
  CHECK(refusal(good.substr(0, good.size() - 1)) ==
        "the header describes 24 bytes of data, but 23 are there; the file is cut short: copy or "
        "download it again");
  CHECK(refusal(good + "x") ==
        "the header describes 24 bytes of data, but 25 are there; the file is damaged");
}

TEST_CASE("safetensors: the header must be JSON and nothing else") {
  for (const std::string header :
       {"{", "{\"a\"}", "{\"a\":}", "{,}", "{'a':1}", "{}}", "{} x", "{}\n{}", "{\"a\":1e999}",
        "{\"\xff\":{}}", "{\"\xed\xa0\x80\":{}}", "{//\n}", "{\"a\":{\"dtype\":\"F32\",}}"}) {
    CAPTURE(header);
    CHECK(header_refusal(header) != "");
  }
  const std::string zero = "{}" + std::string(1, '\0') + "rest";
  CHECK(contains(header_refusal(zero), "its header is no JSON from byte 3 on"));
  CHECK(refusal(file_of("{}      ")) == "");  // padding
  CHECK(refusal(file_of("{}")) == "");
}

TEST_CASE("safetensors: every entry is an object of three fields, each of its kind") {
  const std::string dtype = R"("dtype":"F32",)", shape = R"("shape":[2,2],)";
  const std::string offsets = R"("data_offsets":[0,16])";
  REQUIRE(entry_refusal(dtype + shape + offsets) == "");
  CHECK(entry_refusal(shape + offsets) == "\"a\": the field dtype is missing");
  CHECK(entry_refusal(dtype + offsets) == "\"a\": the field shape is missing");
  CHECK(entry_refusal(dtype + R"("shape":[2,2])") == "\"a\": the field data_offsets is missing");
  CHECK(entry_refusal(dtype + dtype + shape + offsets) == "\"a\": field \"dtype\" stands twice");
  CHECK(entry_refusal(dtype + shape + offsets + R"(,"strides":[2,1])") ==
        "\"a\": expects the fields dtype, shape and data_offsets, got \"strides\"");
  CHECK(entry_refusal(R"("dtype":5,)" + shape + offsets) ==
        "\"a\": \"dtype\" expects a text, got the number 5");
  CHECK(entry_refusal(R"("dtype":"F31",)" + shape + offsets) == "\"a\": unknown dtype \"F31\"");
  CHECK(entry_refusal(R"("dtype":["F32"],)" + shape + offsets) ==
        "\"a\": \"dtype\" expects a text, got a list");
  CHECK(entry_refusal(dtype + R"("shape":4,)" + offsets) ==
        "\"a\": \"shape\" expects a list of whole numbers, got the number 4");
  CHECK(entry_refusal(dtype + R"("shape":null,)" + offsets) ==
        "\"a\": \"shape\" expects a list of whole numbers, got null");
  CHECK(entry_refusal(dtype + R"("shape":{"0":4},)" + offsets) ==
        "\"a\": \"shape\" expects a list of whole numbers, got an object");
  for (const auto& [number, shown] : std::vector<std::pair<std::string, std::string>>{
           {"-4", "the number -4"},
           {"4.0", "the number 4.0"},
           {"4e0", "the number 4e0"},
           {"9223372036854775808", "the number 9223372036854775808"},
           {"18446744073709551616", "the number 18446744073709551616"},
           {"true", "true"},
           {"\"4\"", "the text \"4\""},
           {"[4]", "a list"},
           {"{}", "an object"}}) {
    CHECK(entry_refusal(dtype + R"("shape":[)" + number + "]," + offsets) ==
          "\"a\": \"shape\" expects whole numbers from 0 to 2^63 - 1, got " + shown);
  }
  CHECK(entry_refusal(dtype + shape + R"("data_offsets":[16])") ==
        "\"a\": data_offsets expects two numbers, begin and end, got 1");
  CHECK(entry_refusal(dtype + shape + R"("data_offsets":[0,16,16])") ==
        "\"a\": data_offsets expects two numbers, begin and end, got 3");
  CHECK(header_refusal(R"({"a":[1,2]})") == "\"a\" expects an object, got a list");
  CHECK(header_refusal(R"({"a":"F32"})") == "\"a\" expects an object, got the text \"F32\"");
}

TEST_CASE("safetensors: metadata holds texts only") {
  const auto with_metadata = [](const std::string& metadata) {
    return header_refusal(R"({"__metadata__":)" + metadata + "," + good_a + "," + good_b + "}");
  };
  CHECK(with_metadata(R"({"format":"pt"})") == "");
  CHECK(with_metadata("{}") == "");
  CHECK(with_metadata("null") == "");  // as the reference reader
  CHECK(with_metadata("[]") == "\"__metadata__\" expects an object, got a list");
  CHECK(with_metadata(R"({"step":1})") ==
        "\"__metadata__\": \"step\" expects a text, got the number 1");
  CHECK(with_metadata(R"({"a":{}})") == "\"__metadata__\": \"a\" expects a text, got an object");
  CHECK(with_metadata(R"({"a":["b"]})") == "\"__metadata__\": \"a\" expects a text, got a list");
  CHECK(with_metadata(R"({"a":"b","a":"c"})") == "\"__metadata__\": field \"a\" stands twice");
}

TEST_CASE("safetensors: a name that occurs twice is refused") {
  CHECK(header_refusal("{" + good_a + "," + good_a + "," + good_b + "}") ==
        "\"a\" stands twice in the header; names must be unique");
  CHECK(header_refusal(R"({"__metadata__":{},"__metadata__":{},)" + good_a + "," + good_b + "}") ==
        "\"__metadata__\" stands twice in the header; names must be unique");
}

TEST_CASE("safetensors: the tensors tile the data, in any order, without gap or overlap") {
  const auto entry = [](const std::string& name, int64_t count, int64_t begin, int64_t end) {
    return "\"" + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(count) +
           R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  const auto tiles = [&](const std::string& a, const std::string& b) {
    return header_refusal("{" + a + "," + b + "}");
  };
  CHECK(tiles(entry("a", 16, 0, 16), entry("b", 8, 16, 24)) == "");
  CHECK(tiles(entry("b", 8, 16, 24), entry("a", 16, 0, 16)) == "");
  CHECK(tiles(entry("a", 24, 0, 24), entry("b", 0, 24, 24)) == "");
  CHECK(tiles(entry("b", 24, 0, 24), entry("a", 0, 0, 0)) == "");  // sorted by begin, then end
  CHECK(
      tiles(entry("a", 15, 0, 15), entry("b", 8, 16, 24)) ==
      "\"b\": expects its data to begin at byte 15, where the tensor before it ends, got 16 to 24");
  CHECK(contains(tiles(entry("a", 17, 0, 17), entry("b", 8, 16, 24)), "\"b\": expects its data"));
  CHECK(contains(tiles(entry("a", 24, 0, 24), entry("b", 24, 0, 24)), "expects its data to begin"));
  CHECK(contains(tiles(entry("a", 8, 8, 16), entry("b", 8, 16, 24)), "\"a\": expects its data"));
  CHECK(contains(tiles(entry("a", 16, 16, 0), entry("b", 24, 0, 24)), "expects its data to begin"));
  CHECK(contains(tiles(entry("a", 16, 0, 16), entry("b", 7, 16, 23)), "but 24 are there"));
  CHECK(contains(tiles(entry("a", 16, 0, 16), entry("b", 9, 16, 25)), "cut short"));
  CHECK(contains(tiles(entry("a", 16, 0, 16), entry("b", INT64_MAX, 16, INT64_MAX)),
                 "doesn't fill the"));
}

TEST_CASE("safetensors: a shape that doesn't fit its bytes is refused, however it overflows") {
  const auto with_shape = [](const std::string& dtype, const std::string& shape) {
    return entry_refusal(R"("dtype":")" + dtype + R"(","shape":)" + shape +
                         R"(,"data_offsets":[0,16])");
  };
  CHECK(with_shape("F32", "[2,3]") ==
        "\"a\": F32 of shape (2, 3) doesn't fill the 16 bytes it has "
        "in the file");
  CHECK(with_shape("F16", "[8]") == "");
  CHECK(with_shape("F4", "[32]") == "");
  CHECK(contains(with_shape("F4", "[33]"), "doesn't fill"));
  CHECK(contains(with_shape("F6_E2M3", "[21]"), "doesn't fill"));
  CHECK(with_shape("F32", "[8589934592,8589934592]") ==
        "\"a\": its sizes multiply to more than 2^63");  // 2^33 * 2^33
  CHECK(contains(with_shape("F32", "[4611686018427387904,4,0]"), "multiply to more than 2^63"));
  CHECK(contains(with_shape("F32", "[4611686018427387904]"), "doesn't fill"));  // 2^62 * 32 bits
  CHECK(contains(with_shape("U8", "[2305843009213693952]"), "doesn't fill"));   // 2^61 * 8 = 2^64
  CHECK(contains(with_shape("F32", "[0,9223372036854775807]"), "doesn't fill"));
  CHECK(with_shape("F32", "[1,1,1,1,4]") == "\"a\": \"shape\" expects at most 4 numbers, got more");
}

TEST_CASE("safetensors: control characters of a name are escaped in messages") {
  const std::string name = R"(x\u001b[31m\u0007\n)" + std::string(1000, 'y');
  const std::string message = header_refusal("{\"" + name + R"(":{}})");
  CHECK(message.starts_with("\"x\\x1b[31m\\x07\\nyyy"));
  CHECK(message.size() < 300);
}

TEST_CASE("safetensors: deeply nested brackets are refused at the third level") {
  const size_t depth = 1'000'000;
  CHECK(header_refusal("{\"a\":" + std::string(depth, '[')) ==
        "\"a\" expects an object, got a list");
  CHECK(contains(entry_refusal("\"shape\":" + std::string(depth, '[')), "got a list"));
  std::string objects;
  for (size_t i = 0; i < depth; ++i) objects += "{\"a\":";
  CHECK(contains(header_refusal(objects), "expects the fields dtype, shape and data_offsets"));
}

TEST_CASE("safetensors: a shape list of a million axes is refused") {
  std::string axes = "1";
  for (int i = 0; i < 1'000'000; ++i) axes += ",1";
  CHECK(entry_refusal(R"("dtype":"F32","shape":[)" + axes + R"(],"data_offsets":[0,16])") ==
        "\"a\": \"shape\" expects at most 4 numbers, got more");
}

TEST_CASE("safetensors: ten thousand damaged files are read or refused and never crash") {
  const std::string good =
      file_of(R"({"__metadata__":{"format":"pt"},)" + good_a + "," + good_b + "}", 24);
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes = good;
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < changes; ++i) {
      const size_t place = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[place] = static_cast<char>(random());
          break;
        case 1:
          bytes[place] ^= static_cast<char>(1 << random() % 8);
          break;
        case 2:
          bytes.erase(place, 1 + random() % 4);
          break;
        default:
          bytes.insert(place, 1, good[random() % good.size()]);
          break;
      }
      if (bytes.empty()) bytes += good[0];
    }
    if (refusal(bytes).empty()) ++accepted;
  }
  CHECK(accepted > 0);  // changes in the data and in names do no harm
  CHECK(accepted < 5'000);
}
