#include <sstream>

#include "examples/cli/command_form.h"

namespace cli {

namespace {

constexpr const char* zsh_head = R"(#compdef sdxl
# Completion of sdxl's command line in zsh, printed by `sdxl completion zsh`.
_sdxl() {
  local curcontext=$curcontext state line
  local -a commands
  _arguments -C '(- *)'{-h,--help}'[show the commands]' '(- *)--version[show the version]' \
    '1: :->command' '*:: :->arguments'
  case $state in
    command)
      commands=(
)";

constexpr const char* zsh_middle = R"(      )
      _describe -t commands command commands
      ;;
    arguments)
      case $words[1] in
)";

constexpr const char* zsh_tail = R"(      esac
      ;;
  esac
}
if [[ $funcstack[1] == _sdxl ]]; then
  _sdxl "$@"
else
  compdef _sdxl sdxl
fi
)";

/// The text inside '...', with a backslash before the letters that have a meaning to _arguments.
std::string zsh_quoted(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\'') {
      result += "'\\''";
    } else {
      if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') result += '\\';
      result += letter;
    }
  }
  return result;
}

/// What completes the value: an action of _arguments.
std::string action(const OptionForm& option) {
  if (option.values == Values::files) return "_files";
  if (option.values == Values::folders) return "_files -/";
  if (option.values == Values::any) return " ";
  std::string words;
  for (const std::string& word : option.words)
    words += (words.empty() ? "" : " ") + zsh_quoted(word);
  return "(" + words + ")";
}

/// One argument of _arguments for each name.
void write(std::ostream& script, const OptionForm& option) {
  const std::string value = ":" + zsh_quoted(option.value) + ":" + action(option);
  if (option.is_positional()) {
    script << " \\\n            '" << (option.is_repeatable ? "*" : "") << value << "'";
  }
  for (const std::string& name : option.names) {
    const bool is_flag = option.values == Values::none;
    script << " \\\n            '" << (option.is_repeatable ? "*" : "") << name
           << (is_flag                  ? ""
               : name.starts_with("--") ? "="
                                        : "+")
           << "[" << zsh_quoted(first_clause(option.help)) << "]" << (is_flag ? "" : value) << "'";
  }
}

}  // namespace

std::string zsh_completion(const CLI::App& app) {
  const std::vector<CommandForm> commands = command_forms(app);
  std::ostringstream script;
  script << zsh_head;
  for (const CommandForm& command : commands) {
    script << "        '" << command.name << ":" << zsh_quoted(first_clause(command.help)) << "'\n";
  }
  script << zsh_middle;
  for (const CommandForm& command : commands) {
    script << "        " << command.name << ")\n          _arguments";
    for (const OptionForm& option : command.options) write(script, option);
    script << "\n          ;;\n";
  }
  script << zsh_tail;
  return script.str();
}

}  // namespace cli
