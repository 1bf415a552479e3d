#pragma once

#include <CLI/CLI.hpp>
#include <set>
#include <string>
#include <vector>

namespace cli {

/// The arguments of a command line that choose the image: all options except the seed, the outputs,
/// those that only show progress, and `others`.
std::vector<std::string> arguments_that_draw(const CLI::App& command,
                                             const std::set<std::string>& others = {});

/// Whether an option changes the image.
bool chooses_the_image(const std::string& name);

/// Arguments as a JSON list for a file, and back. Bytes that are not UTF-8, such as a file's name
/// may have, become U+FFFD.
/// Errors: std::runtime_error for a text that is no list of strings.
std::string pack_arguments(const std::vector<std::string>& arguments);
std::vector<std::string> unpack_arguments(const std::string& text);

/// Arguments as a line for a shell, quoted where necessary. The line is safe for a file of unknown
/// origin: the shell runs no other command, and a terminal shows no control characters.
std::string shell_line(const std::vector<std::string>& arguments);

}  // namespace cli
