#include "examples/cli/foreign_settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "examples/cli/generate_options.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/error.h"

namespace cli {

namespace {

/// generate's own parser.
struct Parser {
  Parser() { options.add_to(app); }
  void parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // it takes them from the end
    app.parse(arguments);
  }

  CLI::App app;
  GenerateOptions options;
};

/// An option and its value as words of a command line. A value that begins with "-" would be taken
/// for an option.
std::vector<std::string> words_of(const std::string& option, const std::string& value) {
  if (value.starts_with("-")) return {option + "=" + value};
  return {option, value};
}

/// What generate's parser says to some options, "" if it accepts them.
std::string parser_refusal(const std::vector<std::string>& arguments) {
  try {
    Parser().parse(arguments);
    return "";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
}

/// What generate says to a command before it opens a file, "" if nothing.
std::string refusal(const std::vector<std::string>& arguments) {
  try {
    Parser parser;
    parser.parse(arguments);
    parser.options.check(parser.app);
    sdxl::SchedulerConfig config;
    config.class_name = "EulerDiscreteScheduler";  // of a model that the command doesn't name
    parser.options.apply(config);
    make_scheduler(config, parser.options.scheduler)->set_timesteps(parser.options.steps);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

const std::string* text_of(const tensor::TextChunks& texts, const std::string& key) {
  for (const auto& [name, text] : texts) {
    if (name == key) return &text;
  }
  return nullptr;
}

}  // namespace

void CommandDraft::add(const std::string& option, const std::string& value,
                       const std::string& origin) {
  const std::vector<std::string> words = words_of(option, value);
  const std::string reason = parser_refusal(words);
  if (reason.empty()) {
    settings_.arguments.insert(settings_.arguments.end(), words.begin(), words.end());
  } else {
    note(tensor::format("{} {} is not taken: {}", origin, tensor::printable(value, 60),
                        tensor::printable(reason)));
  }
}

ForeignSettings CommandDraft::take() {
  const std::string reason = refusal(settings_.arguments);
  if (!reason.empty()) {
    const std::string first_line = reason.substr(0, reason.find('\n'));
    note("generate refuses the command as it is: " + tensor::printable(first_line));
  }
  return std::move(settings_);
}

bool is_comfyui_graph(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return false;
  return text.find("\"class_type\"") != std::string::npos ||
         text.find("\"nodes\"") != std::string::npos;
}

std::optional<ForeignSettings> foreign_settings(const std::string& path,
                                                const tensor::TextChunks& texts) {
  if (const std::string* parameters = text_of(texts, "parameters")) return read_a1111(*parameters);
  for (const char* key : {"prompt", "workflow"}) {
    const std::string* graph = text_of(texts, key);
    if (graph && is_comfyui_graph(*graph)) return read_comfyui(path, *graph);
  }
  return {};
}

}  // namespace cli
