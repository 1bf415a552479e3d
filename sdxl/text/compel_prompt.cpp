#include <algorithm>
#include <cmath>

#include "sdxl/text/prompt_readers.h"

namespace sdxl {

namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr std::string_view marks = "()\"+-,.=";

bool is_in(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

/// Reads compel's marks from left to right. A weight stands behind what it weighs: a word, or all
/// between two brackets or quotes.
class CompelReader {
 public:
  explicit CompelReader(const std::string& prompt) : prompt_(prompt) {}

  std::vector<WeightedText> read() {
    while (i_ < prompt_.size()) read_one();
    if (!open_.empty()) fail_unclosed(open_.back());
    return runs_.joined(true);
  }

 private:
  void read_one() {
    refuse_operators();
    const char c = prompt_[i_];
    if (c == '\\' && is_in(at(i_ + 1), marks)) {
      ++i_;
      return add_letter();
    }
    if (c == '(' || (c == '"' && !is_quoted())) return open();
    if (c == ')' || c == '"') return close();
    if (has_word() && (is_signs() || stands_here(".attend("))) return weigh_word();
    if (is_in(c, ",.") && (c == ',' || !open_.empty())) return add_stop();
    if (is_in(c, white_space)) {
      runs_.text() += ' ';
      end_word();
      ++i_;
      return;
    }
    if (c == '.' || c == '=') is_weighable_ = false;  // "v1.5+" is text
    add_letter();
  }

  char at(size_t i) const { return i < prompt_.size() ? prompt_[i] : ' '; }
  bool stands_here(const std::string& text) const {
    return prompt_.compare(i_, text.size(), text) == 0;
  }

  void add_letter() {
    if (word_ == std::string::npos) word_ = runs_.text().size();
    runs_.text() += prompt_[i_++];
  }
  bool has_word() const { return word_ != std::string::npos && is_weighable_; }
  void end_word() {
    word_ = std::string::npos;
    is_weighable_ = true;
  }

  /// In brackets a full stop stands alone, and a comma everywhere: "a,b" is three words.
  void add_stop() {
    const std::string front = open_.empty() ? "" : " ";
    runs_.text() += front + prompt_[i_++] + " ";
    end_word();
  }

  bool is_quoted() const {
    return std::ranges::any_of(open_, [](const OpenBracket& open) { return open.mark == '"'; });
  }

  void open() {
    expect_depth(prompt_, i_, open_.size());
    open_.push_back({prompt_[i_], i_, runs_.begin()});
    end_word();
    ++i_;
  }

  void close() {
    const char opening = prompt_[i_] == ')' ? '(' : '"';
    if (open_.empty()) {
      fail_at(prompt_, i_, "this ) closes no (; a bracket that is text is written \\)");
    }
    if (open_.back().mark != opening) fail_unclosed(open_.back());
    ++i_;
    const size_t first = open_.back().run;
    open_.pop_back();
    runs_.multiply(first, read_weight());
    end_word();
  }

  [[noreturn]] void fail_unclosed(const OpenBracket& open) const {
    const std::string closing = open.mark == '(' ? ")" : "\"";
    fail_at(prompt_, open.byte,
            std::string("this ") + open.mark + " has no " + closing +
                "; one that is text is written \\" + open.mark);
  }

  void weigh_word() {
    const size_t run = runs_.split(word_);
    runs_.multiply(run, read_weight());
    end_word();
  }

  /// Whether the signs here end a word: "cat++ ", but not "hot-dog".
  bool is_signs() const {
    if (!is_in(prompt_[i_], "+-")) return false;
    const size_t end = std::min(prompt_.find_first_not_of(prompt_[i_], i_), prompt_.size());
    return is_in(at(end), white_space) || is_in(at(end), marks);
  }

  /// The weight that stands here; 1 without one.
  double read_weight() {
    if (stands_here(".attend(")) {
      i_ += std::string(".attend(").size();
      const size_t begin = i_, end = std::min(prompt_.find(')', i_), prompt_.size());
      const bool has_signs = is_in(at(begin), "+-");
      const double weight =
          has_signs ? read_signs() : weight_in(prompt_, begin, prompt_.substr(begin, end - begin));
      if (has_signs ? at(i_) != ')' : end == prompt_.size()) {
        fail_at(prompt_, i_, "expected a ) behind the weight of .attend(");
      }
      i_ = end + 1;
      return weight;
    }
    if (is_in(at(i_), "+-")) return read_signs();
    return read_number();
  }

  /// 1.1 for each +, 0.9 for each -.
  double read_signs() {
    const char sign = prompt_[i_];
    const size_t end = std::min(prompt_.find_first_not_of(sign, i_), prompt_.size());
    const auto count = static_cast<double>(end - i_);
    i_ = end;
    return std::pow(sign == '+' ? 1.1 : 0.9, count);
  }

  double read_number() {
    constexpr const char* digits = "0123456789";
    size_t end = std::min(prompt_.find_first_not_of(digits, i_), prompt_.size());
    const bool has_fraction = at(end) == '.' && (end > i_ || is_in(at(end + 1), digits));
    if (has_fraction) end = std::min(prompt_.find_first_not_of(digits, end + 1), prompt_.size());
    if (end == i_) return 1.0;
    const double weight = weight_in(prompt_, i_, prompt_.substr(i_, end - i_));
    i_ = end;
    return weight;
  }

  void refuse_operators() const {
    for (const std::string name :
         {".blend(", ".and(", ".add(", ".swap(", "withLora(", "useLora("}) {
      if (!stands_here(name)) continue;
      fail_at(prompt_, i_,
              name.substr(0, name.size() - 1) +
                  " is not built here; of compel's marks, weights are read (x++, (x y)1.3)");
    }
  }

  const std::string& prompt_;
  size_t i_ = 0;
  PromptRuns runs_;
  std::vector<OpenBracket> open_;
  size_t word_ = std::string::npos;  // where the current word begins in the last run
  bool is_weighable_ = true;
};

}  // namespace

std::vector<WeightedText> read_compel_prompt(const std::string& prompt) {
  return CompelReader(prompt).read();
}

}  // namespace sdxl
