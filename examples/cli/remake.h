#pragma once

#include <CLI/CLI.hpp>
#include <set>
#include <string>
#include <vector>

namespace cli {

/// The words of a command line that say what to draw: all options that were given but the seed,
/// those that say where results go and how the work is shown, and `others`.
std::vector<std::string> words_that_draw(const CLI::App& command,
                                         const std::set<std::string>& others = {});

/// Does an option say what to draw?
bool says_what_to_draw(const std::string& name);

/// Words as one text to keep in a file, a JSON list, and back.
/// Errors: std::runtime_error for a text that is no such list.
std::string pack_words(const std::vector<std::string>& words);
std::vector<std::string> unpack_words(const std::string& text);

/// Words as a line to type into a shell, each quoted where it needs to be: whatever a stranger's
/// file puts into them, the shell runs nothing else, and a terminal shows no control characters.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace cli
