#include "tensor/io/mapped_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"
#include "tests/support/scratch_folder.h"

namespace fs = std::filesystem;
using tensor::io::MappedFile;

namespace {

constexpr size_t size = 1 << 20;

std::string message_of(const std::function<void()>& act) {
  try {
    act();
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

/// Overwrites bytes in the middle of a file, in place, and makes sure that its time differs.
void overwrite(const fs::path& path) {
  const fs::file_time_type before = fs::last_write_time(path);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "other";
  fs::last_write_time(path, before + std::chrono::seconds(1));
}

int64_t sum(std::span<const char> bytes) {
  int64_t total = 0;
  for (const char byte : bytes) total += byte;
  return total;
}

}  // namespace

TEST_CASE("mapped file: the lost part of a shortened file reads as zeros and the checks throw") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("weights", std::string(size, '\1'));
  const fs::path out = folder.write("out", "old");
  auto file = std::make_unique<MappedFile>(path);
  CHECK(sum(file->bytes()) == size);
  CHECK_NOTHROW(tensor::io::expect_unchanged_files());
  fs::resize_file(path, size / 2);
  // Threads read at once, as those of a kernel do.
  std::vector<int64_t> sums(4);
  std::vector<std::thread> threads;
  for (int64_t& result : sums) {
    threads.emplace_back([&] { result = sum(file->bytes()); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sums == std::vector<int64_t>(4, size / 2));

  const std::string expected =
      path.string() +
      ": was shortened from 1048576 to 524288 bytes while it was read; is another " +
      "program writing it? Copy it again";
  CHECK(message_of(tensor::io::expect_whole_files) == expected);
  CHECK(message_of([&] { file->expect_unchanged(); }) == expected);
  CHECK(message_of([&] { tensor::io::write_file(out, {}); }) == expected);
  CHECK(support::read_bytes(out) == "old");
  file.reset();
  CHECK_NOTHROW(tensor::io::expect_whole_files());  // it was thrown before, and the file is closed
}

TEST_CASE("mapped file: a loss that was not thrown before the file was closed is thrown once") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("weights", std::string(size, '\1'));
  {
    const MappedFile file(path);
    fs::resize_file(path, 0);
    CHECK(sum(file.bytes()) == 0);
  }
  CHECK(message_of(tensor::io::expect_whole_files).starts_with(path.string()));
  CHECK_NOTHROW(tensor::io::expect_whole_files());
}

TEST_CASE("mapped file: a file that was written to is refused, one that was replaced is not") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("weights", std::string(size, '\1'));
  const MappedFile file(path);
  const fs::path other = folder.write("other", std::string(size, '\2'));
  SUBCASE("replaced by a rename") {
    fs::rename(other, path);
    CHECK(sum(file.bytes()) == size);
    CHECK_NOTHROW(tensor::io::expect_unchanged_files());
  }
  SUBCASE("removed") {
    fs::remove(path);
    CHECK_NOTHROW(tensor::io::expect_unchanged_files());
  }
  SUBCASE("overwritten") {
    overwrite(path);
    CHECK(message_of(tensor::io::expect_unchanged_files)
              .starts_with(path.string() + ": was changed while it was read"));
  }
  SUBCASE("made longer") {
    fs::resize_file(path, 2 * size);
    CHECK(message_of(tensor::io::expect_unchanged_files)
              .find("(it had 1048576 bytes, and now has 2097152)") != std::string::npos);
  }
}

TEST_CASE("mapped file: what is read from a file that shrinks meanwhile is the file's error") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("text", std::string(size, '\1'));
  const MappedFile file(path);
  const auto parse = [&](std::span<const char> bytes) -> int {
    fs::resize_file(path, 10);
    if (sum(bytes) != size) throw std::runtime_error("does not parse");
    return 0;
  };
  CHECK(message_of([&] { file.read(parse); }).starts_with(path.string() + ": was shortened"));
}

TEST_CASE("safetensors: numbers of a file that was changed since it was opened are refused") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "x.safetensors";
  tensor::io::write_safetensors(path, {{"x", tensor::Tensor::full({1000}, 1.0f)}});
  const tensor::io::SafetensorsFile file(path);
  CHECK(file.tensor("x").at({0}) == 1.0f);
  SUBCASE("overwritten") { overwrite(path); }
  SUBCASE("emptied") { fs::resize_file(path, 0); }
  CHECK(message_of([&] { file.tensor("x"); }).starts_with(path.string() + ": was "));
}

TEST_CASE("mapped file: a SIGBUS of other memory ends the program as ever") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("other", std::string(size, '\1'));
  const MappedFile watched(path);  // the handler is installed
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);  // of AddressSanitizer's report
    const int descriptor = open(path.c_str(), O_RDWR);
    const void* own = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (own == MAP_FAILED || ftruncate(descriptor, 0) != 0) _exit(0);
    _exit(*static_cast<const volatile char*>(own) == 0 ? 0 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status != 0);
}
