#include "examples/cli/remake.h"
#include "tests/fuzz/support/fuzz.h"

/// The arguments that `sdxl info` reads from an image of ours, and prints as a line for a shell.
void fuzz::test(std::string_view input) {
  expect_result_or_error("arguments", [&] {
    const std::vector<std::string> arguments = cli::unpack_arguments(std::string(input));
    expect(cli::unpack_arguments(cli::pack_arguments(arguments)) == arguments,
           "arguments changed on the way there and back");
    const std::string line = cli::shell_line(arguments);
    expect(line.find_first_of("\x1b\n\t\r\x7f") == line.npos, "a line has control characters");
  });
}
