#include "examples/cli/progress.h"

#include <unistd.h>

#include <iostream>

#include "tensor/error.h"

namespace cli {

namespace {

constexpr int bar_width = 30;
constexpr std::chrono::seconds between_lines{10};

/// 3:07, or 1:03:07.
std::string clock(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  const auto two_digits = [](int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::string tail = two_digits(whole % 60);
  if (whole < 3600) return std::to_string(whole / 60) + ":" + tail;
  return std::to_string(whole / 3600) + ":" + two_digits(whole / 60 % 60) + ":" + tail;
}

std::string bar(int done, int total) {
  const int filled = bar_width * done / total;
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "]";
}

}  // namespace

Progress::Progress(std::string task, bool quiet)
    : task_(std::move(task)), quiet_(quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_is_open_) std::cerr << std::endl;
}

void Progress::show(int done, int total) {
  if (quiet_ || total == 0) return;
  const Clock::time_point now = Clock::now();
  const double passed = std::chrono::duration<double>(now - start_).count();
  std::string text = tensor::format("{} {}/{}", task_, done, total);
  if (is_terminal_) text += " " + bar(done, total);
  if (done > 0) {
    const double left = passed / done * (total - done);
    text += tensor::format(" {} passed, {} left", clock(passed), clock(left));
  }
  if (is_terminal_) {
    std::cerr << "\r" << text << "\x1b[K" << std::flush;  // \x1b[K clears the rest of the line
    line_is_open_ = true;
  } else if (done == total || now - last_line_ >= between_lines) {
    std::cerr << text << std::endl;
    last_line_ = now;
  }
}

}  // namespace cli
