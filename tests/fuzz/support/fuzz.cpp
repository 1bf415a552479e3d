#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tensor/compute.h"
#include "tests/support/scratch_folder.h"

namespace fuzz {

namespace {

constexpr double most_seconds = 1.0;  // of the processor, for one input

double seconds_of_processor() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The longest time for one input, printed at the end for scripts/fuzz.
struct Slowest {
  double seconds = 0.0;
  ~Slowest() { std::fprintf(stderr, "stat::slowest_input_ms: %.1f\n", seconds * 1e3); }
};

/// What the code under test prints is read by nobody.
void silence() {
  std::cout.rdbuf(nullptr);
  std::cerr.rdbuf(nullptr);
}

}  // namespace

void expect(bool condition, std::string_view sentence) {
  if (condition) return;
  std::fprintf(stderr, "fault: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::abort();
}

void expect_printable(std::string_view text) {
  expect(text.size() < 16'384, "a text for the user is longer than some pages");
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    expect((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t',
           "a text for the user has control characters: " + std::string(text));
  }
}

void expect_message(std::string_view message, std::string_view file) {
  expect_printable(message);
  expect(message.find(file) != std::string_view::npos,
         "an error does not name the file: " + std::string(message));
}

const std::string& folder() {
  static const support::ScratchFolder scratch;
  static const std::string path = scratch.path().string();
  return path;
}

std::string write_file(const std::string& name, std::string_view bytes) {
  const std::string path = folder() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  tensor::set_threads(1);
  fuzz::silence();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::Slowest slowest;
  const double start = fuzz::seconds_of_processor();
  fuzz::test({reinterpret_cast<const char*>(data), size});
  const double seconds = fuzz::seconds_of_processor() - start;
  slowest.seconds = std::max(slowest.seconds, seconds);
  fuzz::expect(seconds < fuzz::most_seconds, "an input takes more than a second");
  return 0;
}
