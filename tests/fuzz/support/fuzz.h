#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

/// What all fuzzers share. Each file of tests/fuzz is one: it defines `test`, which
/// support/fuzz.cpp calls from LLVMFuzzerTestOneInput.
namespace fuzz {

/// Reads one input. It returns, or ends the program where the input shows a fault.
void test(std::string_view input);

/// Ends the program with a sentence, which libFuzzer takes for a crash, unless the condition holds.
void expect(bool condition, std::string_view sentence);

/// Ends the program unless a text can be shown on a terminal: no control characters, and no more
/// than some pages. For errors: unless it also names the file.
void expect_printable(std::string_view text);
void expect_message(std::string_view message, std::string_view file);

/// A refusal of an input is a std::runtime_error or a std::invalid_argument that names the file.
/// Any other exception ends the program.
template <class Action>
void expect_result_or_error(std::string_view file, Action&& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    expect_message(error.what(), file);
  } catch (const std::invalid_argument& error) {
    expect_message(error.what(), file);
  }
}

/// A folder of this process for the inputs that are files. Removed at the end.
const std::string& folder();
/// Writes a file there, in the same place each time, and returns its path.
std::string write_file(const std::string& name, std::string_view bytes);

}  // namespace fuzz
