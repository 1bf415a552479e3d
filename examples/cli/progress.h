#pragma once

#include <chrono>
#include <string>

namespace cli {

/// How far a long task has come, on stderr: a moving bar with the time that passed and is left
/// where stderr is a terminal, else a line now and then.
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
