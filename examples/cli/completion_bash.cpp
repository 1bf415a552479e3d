#include <map>
#include <sstream>

#include "examples/cli/command_form.h"

namespace cli {

namespace {

constexpr const char* bash_head =
    R"(# Completion of sdxl's command line in bash, printed by `sdxl completion bash`.
_sdxl() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} options
  COMPREPLY=()
  # bash splits --option=value at the equals sign
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$COMP_CWORD $command $before" in
)";

constexpr const char* bash_tail = R"(    *) options='--help --version' ;;
  esac
  COMPREPLY=($(compgen -W "$options" -- "$word"))
}
complete -F _sdxl sdxl
)";

/// What follows an option of this kind: a line of bash.
std::string reply(const OptionForm& option) {
  switch (option.values) {
    case Values::files:
      return "compopt -o default 2>/dev/null; return";
    case Values::folders:
      return "compopt -o dirnames 2>/dev/null; return";
    case Values::words: {
      std::string words;
      for (const std::string& word : option.words) words += (words.empty() ? "" : " ") + word;
      return "COMPREPLY=($(compgen -W '" + words + "' -- \"$word\")); return";
    }
    default:
      return "return";
  }
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const std::vector<CommandForm> commands = command_forms(app);
  std::string names;
  std::map<std::string, std::string> patterns;  // by the reply
  std::ostringstream by_command;
  for (const CommandForm& command : commands) {
    names += command.name + " ";
    std::string options;
    bool takes_files = false;
    for (const OptionForm& option : command.options) {
      takes_files = takes_files || (option.is_positional() && option.values == Values::files);
      for (const std::string& name : option.names) {
        options += (options.empty() ? "" : " ") + name;
        if (option.values == Values::none) continue;
        std::string& pattern = patterns[reply(option)];
        pattern +=
            (pattern.empty() ? "" : " | \\\n      ") + ("*' " + command.name + " " + name) + "'";
      }
    }
    by_command << "    " << command.name << ")\n      options='" << options << "'\n";
    if (takes_files) {
      by_command << "      [[ $word == -* ]] || { compopt -o default 2>/dev/null; return; }\n";
    }
    by_command << "      ;;\n";
  }
  std::ostringstream script;
  script << bash_head << "    '1 '*) COMPREPLY=($(compgen -W '" << names
         << "--help --version' -- \"$word\")); return ;;\n";
  for (const auto& [line, pattern] : patterns) {
    script << "    " << pattern << ")\n      " << line << " ;;\n";
  }
  script << "  esac\n  case $command in\n" << by_command.str() << bash_tail;
  return script.str();
}

}  // namespace cli
