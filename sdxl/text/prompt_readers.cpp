#include "sdxl/text/prompt_readers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr double largest_weight = 100.0;
constexpr size_t shown = 40;  // bytes of the prompt on either side of the caret

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// A part of a prompt on one line, each character in one place.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace

void fail_at(const std::string& prompt, size_t byte, const std::string& message) {
  size_t begin = byte > shown ? byte - shown : 0;
  size_t end = std::min(byte + shown, prompt.size());
  while (begin > 0 && is_inside_character(prompt[begin])) --begin;
  while (end < prompt.size() && is_inside_character(prompt[end])) ++end;
  const std::string front = (begin > 0 ? "..." : "") + prompt.substr(begin, byte - begin);
  const std::string back = prompt.substr(byte, end - byte) + (end < prompt.size() ? "..." : "");
  const auto places = std::ranges::count_if(front, [](char c) { return !is_inside_character(c); });
  throw std::invalid_argument(message + "\n    " + one_line(front + back) + "\n    " +
                              std::string(static_cast<size_t>(places), ' ') + "^");
}

double weight_in(const std::string& prompt, size_t byte, const std::string& text) {
  char* end = nullptr;
  const bool has_digits_only = text.find_first_not_of("0123456789.+-") == std::string::npos;
  const double weight = std::strtod(text.c_str(), &end);
  if (text.empty() || !has_digits_only || *end != '\0') {
    fail_at(prompt, byte,
            "expected a weight such as 1.3, got " +
                (text.empty() ? "none" : tensor::printable(text, 40)));
  }
  if (std::abs(weight) > largest_weight) {
    fail_at(prompt, byte,
            "expected a weight from -100 to 100 (0.5 to 1.5 are usual), got " +
                tensor::printable(text, 40));
  }
  return weight;
}

void expect_depth(const std::string& prompt, size_t byte, size_t depth) {
  constexpr size_t deepest = 100;
  if (depth >= deepest) fail_at(prompt, byte, "brackets are nested deeper than 100");
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

size_t PromptRuns::begin() {
  runs_.push_back({});
  return runs_.size() - 1;
}

size_t PromptRuns::split(size_t byte) {
  const std::string end = text().substr(byte);
  text().resize(byte);
  begin();
  text() = end;
  return runs_.size() - 1;
}

void PromptRuns::multiply(size_t first, double factor) {
  for (size_t i = first; i < runs_.size(); ++i) runs_[i].weight *= factor;
  begin();
}

bool PromptRuns::begin_chunk() {
  const auto has_no_words = [](const WeightedText& run) { return is_blank(run.text); };
  if (std::all_of(runs_.begin() + static_cast<std::ptrdiff_t>(chunk_), runs_.end(), has_no_words)) {
    return false;
  }
  chunk_ = begin();
  runs_.back().starts_chunk = true;
  return true;
}

std::vector<WeightedText> PromptRuns::joined(bool word_by_word) const {
  std::vector<WeightedText> result;
  bool starts_chunk = false;
  for (WeightedText run : runs_) {
    starts_chunk = starts_chunk || run.starts_chunk;
    if (word_by_word ? is_blank(run.text) : run.text.empty()) continue;
    tensor::require(std::abs(run.weight) <= largest_weight,
                    "{}: nested weights multiply to {}; expected -100 to 100",
                    tensor::printable(run.text, 40), run.weight);
    run.starts_chunk = starts_chunk;
    starts_chunk = false;
    if (result.empty() || run.starts_chunk || result.back().weight != run.weight) {
      result.push_back(run);
    } else {
      result.back().text += (word_by_word ? " " : "") + run.text;
    }
  }
  while (!result.empty() && result.back().starts_chunk && is_blank(result.back().text)) {
    result.pop_back();
  }
  if (result.empty()) result.push_back({});
  return result;
}

}  // namespace sdxl
