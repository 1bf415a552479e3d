#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/scratch_folder.h"

namespace support {

/// How a run of the program ended: its exit status, or minus the signal that killed it.
struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

/// Conditions of the run.
struct Circumstances {
  int64_t largest_file = -1;      // bytes, as on a disk that fills; -1: no limit
  std::string interrupt_at = {};  // Ctrl-C as soon as stderr has this text; "": never
  bool is_read = true;            // false: nobody reads stdout, as behind `| head -n 0`
};

/// Runs `sdxl ARGUMENTS...` in a folder, and waits for its end.
Outcome run_program(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                    const Circumstances& circumstances = {});

/// "" when the program refused as expected: this status, nothing on stdout, and one message on
/// stderr, which begins with "sdxl: " and has all of `said` in it; else what was wrong.
std::string refused(const Outcome& outcome, int status, const std::vector<std::string>& said);

/// The last line of a text, with its line break.
std::string last_line(const std::string& text);

/// Runs a line as a shell does, in a folder and with "sdxl" as the program: its exit status.
int run_in_shell(const std::filesystem::path& folder, const std::string& line);

/// The names of all entries of a folder, sorted.
std::vector<std::string> names_in(const std::filesystem::path& folder);

std::string read_bytes(const std::filesystem::path& path);

/// A folder in which the program runs, with a copy of the goldens' smallest model.
class ModelFolder : public ScratchFolder {
 public:
  ModelFolder();
  std::filesystem::path model(const std::string& file = "") const {
    return path() / "model" / file;
  }

  /// `generate` with a few small settings, and `more` behind them.
  Outcome generate(const std::vector<std::string>& more = {},
                   const Circumstances& circumstances = {}) const;
};

}  // namespace support
