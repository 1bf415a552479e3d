#include <algorithm>
#include <cctype>

#include "sdxl/text/prompt_readers.h"

namespace sdxl {

namespace {

/// Reads A1111's marks from left to right. Round and square brackets are counted separately.
class A1111Reader {
 public:
  explicit A1111Reader(const std::string& prompt) : prompt_(prompt) {}

  std::vector<WeightedText> read() {
    while (i_ < prompt_.size()) read_one();
    for (const OpenBracket& open : round_) expect_closed(open, ')');
    for (const OpenBracket& open : square_) expect_closed(open, ']');
    return runs_.joined(false);
  }

 private:
  void read_one() {
    const char c = prompt_[i_];
    if (c == '\\') return read_escape();
    if (c == '(') return open(round_);
    if (c == '[') return open(square_);
    if (c == ')') return close(round_, '(', 1.1);
    if (c == ']') return close_square();
    if (c == ':' && !round_.empty() && !written_weight().empty()) return read_weight();
    if (c == '<') refuse_network();
    if (c == '|') refuse_alternation();
    if (is_word("AND")) {
      fail_at(prompt_, i_, "AND, prompts that run one by one, is not built here; write and");
    }
    if (is_word("BREAK")) return read_break();
    runs_.text() += c;
    ++i_;
  }

  /// A backslash alone is left out.
  void read_escape() {
    ++i_;
    if (i_ < prompt_.size() && std::string("()[]\\").find(prompt_[i_]) != std::string::npos) {
      runs_.text() += prompt_[i_++];
    }
  }

  void open(std::vector<OpenBracket>& brackets) {
    expect_depth(prompt_, i_, brackets.size());
    brackets.push_back({prompt_[i_], i_, runs_.begin()});
    ++i_;
  }

  void close(std::vector<OpenBracket>& brackets, char opening, double factor) {
    if (brackets.empty()) {
      fail_at(prompt_, i_,
              std::string("this ") + prompt_[i_] + " closes no " + opening +
                  "; a bracket that is text is written \\" + prompt_[i_]);
    }
    runs_.multiply(brackets.back().run, factor);
    brackets.pop_back();
    ++i_;
  }

  /// [x], but not [x:y:0.5] or [x:0.5].
  void close_square() {
    if (!square_.empty()) {
      constexpr size_t longest = 40;  // of a number and the spaces around it
      const size_t first = std::max(square_.back().byte + 1, i_ > longest ? i_ - longest : 0);
      const std::string inside = prompt_.substr(first, i_ - first);
      const size_t colon = inside.rfind(':');
      const std::string last = colon == std::string::npos ? "" : inside.substr(colon + 1);
      if (!is_blank(last) && last.find_first_not_of("0123456789.+- ") == std::string::npos) {
        fail_at(prompt_, square_.back().byte,
                "[a:b:0.5], a prompt that changes during the run, is not built here; write one of "
                "its texts, or \\[ for a bracket that is text");
      }
    }
    close(square_, '[', 1.0 / 1.1);
  }

  /// "1.3" of a ":1.3)" here, or what else stands there in place of a number; "" for other texts.
  std::string written_weight() const {
    const size_t end =
        std::min(prompt_.find_first_not_of("0123456789.,+- ", i_ + 1), prompt_.size());
    if (end == prompt_.size() || prompt_[end] != ')') return "";
    const std::string text = prompt_.substr(i_ + 1, end - i_ - 1);
    const size_t first = std::min(text.find_first_not_of(' '), text.size());
    const std::string word = text.substr(first, text.find_last_not_of(' ') + 1 - first);
    const bool has_digit = word.find_first_of("0123456789") != std::string::npos;
    return has_digit && word.find(' ') == std::string::npos ? word : "";
  }

  void read_weight() {
    const double weight = weight_in(prompt_, i_ + 1, written_weight());
    i_ = prompt_.find(')', i_);
    close(round_, '(', weight);
  }

  void read_break() {
    if (!runs_.begin_chunk()) {
      fail_at(prompt_, i_, "no words stand in front of this BREAK, so that its chunk is empty");
    }
    i_ += std::string("BREAK").size();
  }

  void refuse_network() const {
    for (const std::string kind : {"<lora:", "<lyco:", "<hypernet:"}) {
      if (prompt_.compare(i_, kind.size(), kind) != 0) continue;
      fail_at(prompt_, i_,
              kind +
                  "NAME:SCALE> is not read in a prompt; expected the adapter's file in an option "
                  "of its own (--lora FILE:SCALE)");
    }
  }

  void refuse_alternation() const {
    const size_t round = round_.empty() ? 0 : round_.back().byte + 1;
    if (square_.empty() || square_.back().byte + 1 < round) return;
    fail_at(
        prompt_, square_.back().byte,
        "[a|b], a prompt that changes in every step, is not built here; write one of its texts, "
        "or \\[ for a bracket that is text");
  }

  void expect_closed(const OpenBracket& open, char closing) const {
    fail_at(prompt_, open.byte,
            std::string("this ") + open.mark + " has no " + closing +
                "; a bracket that is text is written \\" + open.mark);
  }

  /// Whether this word stands here, between characters that are no letters, digits or "_".
  bool is_word(const std::string& word) const {
    const auto is_letter = [&](size_t i) {
      const auto c = static_cast<unsigned char>(i < prompt_.size() ? prompt_[i] : ' ');
      return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
    };
    return prompt_.compare(i_, word.size(), word) == 0 && !is_letter(i_ + word.size()) &&
           (i_ == 0 || !is_letter(i_ - 1));
  }

  const std::string& prompt_;
  size_t i_ = 0;
  PromptRuns runs_;
  std::vector<OpenBracket> round_, square_;
};

}  // namespace

std::vector<WeightedText> read_a1111_prompt(const std::string& prompt) {
  return A1111Reader(prompt).read();
}

}  // namespace sdxl
