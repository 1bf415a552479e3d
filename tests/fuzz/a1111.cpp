#include "examples/cli/foreign_settings.h"
#include "examples/cli/remake.h"
#include "tests/fuzz/support/fuzz.h"

/// The settings that A1111 writes into an image: lines of text.
void fuzz::test(std::string_view input) {
  expect_result_or_error("a.png", [&] {
    const auto settings = cli::foreign_settings("a.png", {{"parameters", std::string(input)}});
    if (!settings) return;
    for (const std::string& note : settings->notes) expect_printable(note);
    const std::string line = cli::shell_line(settings->arguments);
    expect(line.find_first_of("\x1b\n\t\r\x7f") == line.npos, "a line has control characters");
  });
}
