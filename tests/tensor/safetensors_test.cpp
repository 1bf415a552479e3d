#include "tensor/io/safetensors.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "tests/support/scratch_folder.h"

using tensor::Shape;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

namespace fs = std::filesystem;

std::string length_prefix(uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes;
}

/// The bytes of a file with this header and this many bytes of data.
std::string file_of(const std::string& header, size_t data_size = 0) {
  return length_prefix(header.size()) + header + std::string(data_size, 'd');
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Of files that this process has in its memory; 0 where the system doesn't say.
int64_t kilobytes_of_files() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssFile:")) return std::stoll(line.substr(8));
  }
  return 0;
}

}  // namespace

TEST_CASE("safetensors: a written file is read back with order, shapes, metadata and all bits") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  const Tensor z = Tensor::from({2, 3}, {1, -0.0f, NAN, INFINITY, 1e-45f, -3.5f});
  const Tensor scalar = Tensor::from({}, {7});
  const Tensor none = Tensor::zeros({0, 5});
  tensor::io::write_safetensors(
      path, {{"z", z}, {"none", none}, {"scalar", scalar}, {"a \"quoted\" name", z}},
      {{"seed", "42"}, {"prompt", "a caf\u00e9\n\"x\""}});

  const SafetensorsFile file(path);
  CHECK(file.names() == std::vector<std::string>{"z", "none", "scalar", "a \"quoted\" name"});
  CHECK(file.metadata().at("prompt") == "a caf\u00e9\n\"x\"");
  CHECK(file.metadata().size() == 2);
  CHECK(file.shape("none") == Shape{0, 5});
  CHECK(file.shape("scalar") == Shape{});
  CHECK(file.tensor("scalar").at({}) == 7);
  CHECK(file.tensor("none").size() == 0);
  CHECK(std::memcmp(file.tensor("z").data(), z.data(), 24) == 0);
  CHECK(std::memcmp(file.weight("a \"quoted\" name").data, z.data(), 24) == 0);
  CHECK(file.dtype("z") == "F32");
  CHECK(file.contains("z"));
  CHECK_FALSE(file.contains("y"));
}

TEST_CASE("safetensors: the data of a written file begins at a multiple of 8 bytes") {
  const support::ScratchFolder folder;
  for (size_t extra = 0; extra < 9; ++extra) {
    const fs::path path = folder.path() / "a.safetensors";
    tensor::io::write_safetensors(path, {{std::string(extra + 1, 'x'), Tensor::zeros({1})}});
    CHECK((fs::file_size(path) - 4) % 8 == 0);
    CHECK(SafetensorsFile(path).names().size() == 1);
  }
}

TEST_CASE("safetensors: the writer refuses names that the format cannot hold") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  const Tensor x = Tensor::zeros({1});
  const auto write = [&](const tensor::io::NamedTensors& tensors) {
    tensor::io::write_safetensors(path, tensors);
  };
  CHECK_THROWS_WITH(write({{"a", x}, {"a", x}}),
                    "write_safetensors: the name \"a\" stands twice in the list");
  CHECK_THROWS_WITH(write({{"__metadata__", x}}),
                    "write_safetensors: the name \"__metadata__\" is reserved");
  CHECK_THROWS_AS(write({{"\xff", x}}), std::invalid_argument);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("safetensors: every numeric dtype is read as float32") {
  struct Case {
    const char* dtype;
    std::string bytes;
    std::vector<float> expected;
  };
  const auto raw = [](auto... values) {
    std::string bytes;
    ((bytes += std::string(reinterpret_cast<const char*>(&values), sizeof values)), ...);
    return bytes;
  };
  const std::vector<Case> cases = {
      {"F16", raw(uint16_t{0x3c00}, uint16_t{0xc500}), {1, -5}},
      {"BF16", raw(uint16_t{0x3f80}, uint16_t{0xc0a0}), {1, -5}},
      {"F32", raw(1.0f, -5.0f), {1, -5}},
      {"F64", raw(0.1, -5.0), {0.1f, -5}},
      {"F8_E4M3", raw(uint8_t{0x38}, uint8_t{0xca}), {1, -5}},
      {"F8_E5M2", raw(uint8_t{0x3c}, uint8_t{0xc5}), {1, -5}},
      {"I64", raw(int64_t{49407}, int64_t{-5}), {49407, -5}},
      {"I32", raw(int32_t{16777216}, int32_t{-5}), {16777216, -5}},
      {"I16", raw(int16_t{300}, int16_t{-5}), {300, -5}},
      {"I8", raw(int8_t{100}, int8_t{-5}), {100, -5}},
      {"U64", raw(uint64_t{77}, uint64_t{5}), {77, 5}},
      {"U32", raw(uint32_t{77}, uint32_t{5}), {77, 5}},
      {"U16", raw(uint16_t{65535}, uint16_t{5}), {65535, 5}},
      {"U8", raw(uint8_t{255}, uint8_t{5}), {255, 5}},
      {"BOOL", raw(uint8_t{1}, uint8_t{0}), {1, 0}},
  };
  const support::ScratchFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.dtype);
    // One byte first, so that nothing is aligned.
    const std::string end = std::to_string(1 + c.bytes.size());
    const std::string header =
        R"({"pad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":")" +
        std::string(c.dtype) + R"(","shape":[2],"data_offsets":[1,)" + end + "]}}";
    const SafetensorsFile file(
        folder.write("x", length_prefix(header.size()) + header + "\7" + c.bytes));
    const Tensor x = file.tensor("x");
    CHECK(x.at({0}) == c.expected[0]);
    CHECK(x.at({1}) == c.expected[1]);
    CHECK(file.dtype("x") == c.dtype);
    if (std::string(c.dtype).find('F') == std::string::npos) {
      CHECK_THROWS_AS(file.weight("x"), std::runtime_error);
    }
  }
}

TEST_CASE("safetensors: an integer beyond 2^24 is refused and not rounded") {
  const support::ScratchFolder folder;
  for (const int64_t value : {int64_t{16777217}, int64_t{-16777217}, INT64_MAX, INT64_MIN}) {
    const std::string header = R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})";
    const std::string data(reinterpret_cast<const char*>(&value), 8);
    const SafetensorsFile file(folder.write("x", length_prefix(header.size()) + header + data));
    CHECK_THROWS_WITH(file.tensor("ids"),
                      (file.path().string() +
                       ": \"ids\": number 0 of it is beyond 2^24, which float32 may not hold")
                          .c_str());
  }
}

TEST_CASE("safetensors: an absent tensor and one of an unknown dtype are refused by name") {
  const support::ScratchFolder folder;
  const std::string header =
      R"({"q\u001b[2J":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[0,2]}})";
  const SafetensorsFile file(folder.write("x", file_of(header, 2)));
  const std::string name = file.names().at(0);
  const std::string path = file.path().string();
  CHECK_THROWS_WITH(file.tensor("p"), (path + ": has no tensor \"p\" among its 1").c_str());
  CHECK_THROWS_WITH(file.shape("p"), (path + ": has no tensor \"p\" among its 1").c_str());
  CHECK_THROWS_WITH(file.weight(name),
                    (path + ": \"q\\x1b[2J\": expects a weight of F32, F16, BF16, F8_E4M3, "
                            "F8_E5M2 or F64, got F8_E8M0; convert the file to F16")
                        .c_str());
  CHECK_THROWS_WITH(file.tensor(name), (path + ": \"q\\x1b[2J\": cannot read F8_E8M0 as numbers; "
                                               "convert it to F32, F16 or BF16")
                                           .c_str());
}

TEST_CASE("safetensors: a weight stays mapped while a copy of the file exists") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  tensor::io::write_safetensors(path, {{"x", Tensor::from({2}, {3, 4})}});
  auto first = std::make_unique<SafetensorsFile>(path);
  const SafetensorsFile second = *first;
  const tensor::WeightView x = second.weight("x");
  first.reset();
  CHECK(Tensor::from(x).at({1}) == 4);
}

TEST_CASE("safetensors: released pages are read again from the file") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  const int64_t count = 4 << 20;
  tensor::io::write_safetensors(path, {{"x", Tensor::full({count}, 5.0f)}});
  const SafetensorsFile file(path);
  file.tensor("x");
  const int64_t before = kilobytes_of_files();
  file.mapping()->release_pages();
  if (before > 0) CHECK(kilobytes_of_files() < before - 12'000);
  CHECK(file.tensor("x").at({count - 1}) == 5.0f);
}

TEST_CASE("safetensors: files and folders that cannot be opened are refused with the reason") {
  const support::ScratchFolder folder;
  const auto message = [](const fs::path& path) -> std::string {
    try {
      SafetensorsFile file(path);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  const std::string path = folder.path().string();
  CHECK(message(folder.path()) == path + ": is a folder; name a file in it");
  CHECK(message(folder.path() / "none") ==
        path + "/none: cannot be read: No such file or directory; check the path");
  CHECK(message(folder.write("empty", "")) == path + "/empty: the file is empty");
  REQUIRE(mkfifo((path + "/pipe").c_str(), 0600) == 0);
  CHECK(message(folder.path() / "pipe") == path + "/pipe: is not a regular file");
  const fs::path secret = folder.write("secret", file_of("{}"));
  fs::permissions(secret, fs::perms::none);
  const std::string refused = message(secret);  // root may read it all the same
  CHECK((refused.empty() || contains(refused, "Permission denied; check who may read it")));
}
