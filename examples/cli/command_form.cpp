#include "examples/cli/command_form.h"

#include <algorithm>

#include "examples/cli/options.h"

namespace cli {

namespace {

/// CLI11 writes the choices of IsMember behind the value's name: "NAME:{ddim,euler}".
struct TypeName {
  explicit TypeName(const std::string& text) : value(text.substr(0, text.find(":{"))) {
    if (value.size() == text.size()) return;
    const size_t begin = value.size() + 2;
    words = between_commas(text.substr(begin, text.find('}') - begin));
  }
  std::string value;
  std::vector<std::string> words;
};

Values values_of(const OptionForm& option) {
  if (!option.words.empty()) return Values::words;
  if (option.value == "DIR") return Values::folders;
  if (option.value.starts_with("FILE") || option.value == "PATH") return Values::files;
  return option.is_positional() && option.value != "TEXT" ? Values::files : Values::any;
}

OptionForm option_form(const CLI::Option& option) {
  OptionForm form;
  form.help = option.get_description();
  form.group = option.get_group();
  for (const std::string& name : option.get_snames()) form.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) form.names.push_back("--" + name);
  if (option.get_items_expected_max() == 0) return form;  // a flag
  const TypeName type(option.get_type_name());
  form.value = form.is_positional() ? option.get_name(true) : type.value;
  form.words = type.words;
  form.values = values_of(form);
  form.is_repeatable = option.get_items_expected_max() > 1;
  return form;
}

}  // namespace

std::vector<CommandForm> command_forms(const CLI::App& app) {
  std::vector<CommandForm> forms;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;  // hidden
    forms.push_back({command->get_name(), command->get_description(), command->get_footer(), {}});
    for (const std::string& group : command->get_groups()) {
      if (group.empty()) continue;
      const auto is_of_group = [&](const CLI::Option* o) { return o->get_group() == group; };
      for (const CLI::Option* option : command->get_options(is_of_group)) {
        forms.back().options.push_back(option_form(*option));
      }
    }
  }
  return forms;
}

std::string first_clause(const std::string& help) {
  const size_t end = std::min({help.find(". "), help.find("; "), help.find(": ")});
  return help.substr(0, end);
}

}  // namespace cli
