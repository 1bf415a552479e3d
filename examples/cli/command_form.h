#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// The command line in data: what the manual and the shells' completions are made from.
namespace cli {

/// Which values an option takes.
enum class Values { none, any, files, folders, words };

/// An option, or a positional argument.
struct OptionForm {
  std::vector<std::string> names;  // "-h", "--help"; of a positional argument empty
  std::string value;               // "PATH", or the name of the positional argument
  Values values = Values::none;    // none: a flag
  std::vector<std::string> words;  // of Values::words
  std::string help;
  std::string group;  // the heading above it in --help
  bool is_repeatable = false;

  bool is_positional() const { return names.empty(); }
};

struct CommandForm {
  std::string name;
  std::string help;
  std::string footer;  // notes and examples
  std::vector<OptionForm> options;
};

/// The commands that --help lists, in its order.
std::vector<CommandForm> command_forms(const CLI::App& app);

/// The first clause of a help text, for the one line that a shell has for it.
std::string first_clause(const std::string& help);

/// A manual page (roff, with the macros of man) of section 1, with one section for each command.
std::string manual_page(const CLI::App& app);

/// Scripts for the shells, to be sourced or to be put in a folder of completions.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace cli
