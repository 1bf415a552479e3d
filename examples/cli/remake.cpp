#include "examples/cli/remake.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdxl/json_text.h"
#include "tensor/error.h"

namespace cli {

using nlohmann::json;

namespace {

/// Options that don't change the image, and the seed, which is recorded even if it isn't given.
const std::set<std::string> left_out = {
    "--help",        "--seed",         "--output",           "--trace",    "--trace-step",
    "--trace-paths", "--trace-inputs", "--trace-components", "--threads",  "--preview",
    "--quiet",       "--save-latents", "--profile",          "--textbook", "--strict"};

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-_./:,+=@%").find(c) != std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// $'...', with escapes for control characters.
std::string with_escapes(const std::string& word) {
  std::string text = "$'";
  for (const char c : word) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(c);
    if (is_control(c)) {
      text += {'\\', 'x', digits[code >> 4], digits[code & 15]};
    } else {
      text += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
  }
  return text + "'";
}

std::string quoted(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  if (std::any_of(word.begin(), word.end(), is_control)) return with_escapes(word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string{c};
  return text + "'";
}

}  // namespace

bool chooses_the_image(const std::string& name) { return !left_out.contains(name); }

std::vector<std::string> arguments_that_draw(const CLI::App& command,
                                             const std::set<std::string>& others) {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || !chooses_the_image(name) || others.contains(name)) continue;
    arguments.push_back(name);
    const bool is_flag = option->get_expected_max() == 0;
    if (!is_flag)
      arguments.insert(arguments.end(), option->results().begin(), option->results().end());
  }
  return arguments;
}

std::string pack_arguments(const std::vector<std::string>& arguments) {
  return sdxl::json_text(json(arguments));
}

std::vector<std::string> unpack_arguments(const std::string& text) {
  const json list = sdxl::parse_json(text);
  const bool is_list_of_strings =
      list.is_array() && std::all_of(list.begin(), list.end(),
                                     [](const json& argument) { return argument.is_string(); });
  if (!is_list_of_strings) {
    tensor::fail("arguments: expected a JSON list of strings, got {}", tensor::printable(text));
  }
  return list.get<std::vector<std::string>>();
}

std::string shell_line(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& word : arguments) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace cli
