#pragma once

#include <chrono>
#include <string>

namespace cli {

/// Shows the progress of a long task on stderr: a bar with the elapsed and the remaining time where
/// stderr is a terminal, else a line from time to time.
class Progress {
 public:
  /// `quiet` shows nothing.
  Progress(std::string task, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` steps are taken.
  void show(int done, int total);

 private:
  using Clock = std::chrono::steady_clock;

  std::string task_;
  bool quiet_;
  bool is_terminal_;
  bool line_is_open_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_line_ = Clock::now();
};

}  // namespace cli
