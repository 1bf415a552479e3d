#include "examples/cli/remake.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tensor/error.h"

namespace cli {

using nlohmann::json;

namespace {

/// Options that change nothing in the image; and the seed, which is known even where not given.
const std::set<std::string> left_out = {"--help",       "--seed",         "--output",  "--trace",
                                        "--trace-step", "--trace-paths",  "--threads", "--preview",
                                        "--quiet",      "--save-latents", "--profile"};

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-_./:,+=@%").find(c) != std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// $'...', in which control characters have names.
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

bool says_what_to_draw(const std::string& name) { return !left_out.contains(name); }

std::vector<std::string> words_that_draw(const CLI::App& command,
                                         const std::set<std::string>& others) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || !says_what_to_draw(name) || others.contains(name)) continue;
    words.push_back(name);
    const bool is_flag = option->get_expected_max() == 0;
    if (!is_flag) words.insert(words.end(), option->results().begin(), option->results().end());
  }
  return words;
}

std::string pack_words(const std::vector<std::string>& words) { return json(words).dump(); }

std::vector<std::string> unpack_words(const std::string& text) {
  const json list = json::parse(text, nullptr, false);
  const bool is_list_of_words =
      list.is_array() &&
      std::all_of(list.begin(), list.end(), [](const json& word) { return word.is_string(); });
  if (!is_list_of_words) {
    tensor::fail("arguments: expected a JSON list of words, got {}", tensor::printable(text));
  }
  return list.get<std::vector<std::string>>();
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace cli
