#include <sstream>

#include "examples/cli/command_form.h"

namespace cli {

namespace {

constexpr const char* fish_head =
    R"(# Completion of sdxl's command line in fish, printed by `sdxl completion fish`.
complete -c sdxl -f
complete -c sdxl -n __fish_use_subcommand -l help -s h -d 'Show the commands'
complete -c sdxl -n __fish_use_subcommand -l version -d 'Show the version'
)";

std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "'";
}

/// The arguments of `complete` that say which values follow.
std::string values(const OptionForm& option) {
  if (option.values == Values::none) return "";
  if (option.values == Values::files) return " -r -F";
  if (option.values == Values::folders) return " -x -a '(__fish_complete_directories)'";
  if (option.values == Values::any) return " -x";
  std::string words;
  for (const std::string& word : option.words) words += (words.empty() ? "" : " ") + word;
  return " -x -a " + fish_quoted(words);
}

}  // namespace

std::string fish_completion(const CLI::App& app) {
  std::ostringstream script;
  script << fish_head;
  for (const CommandForm& command : command_forms(app)) {
    script << "complete -c sdxl -n __fish_use_subcommand -a " << command.name << " -d "
           << fish_quoted(first_clause(command.help)) << "\n";
    const std::string within =
        "complete -c sdxl -n '__fish_seen_subcommand_from " + command.name + "'";
    for (const OptionForm& option : command.options) {
      if (option.is_positional() && option.values == Values::files) script << within << " -F\n";
      for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        script << within << (is_long ? " -l " : " -s ") << name.substr(is_long ? 2 : 1)
               << values(option) << " -d " << fish_quoted(first_clause(option.help)) << "\n";
      }
    }
  }
  return script.str();
}

}  // namespace cli
