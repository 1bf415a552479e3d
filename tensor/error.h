#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tensor {

/// Fills the "{}" of a message with the values that follow, in order.
///
///   format("expects {} axes, got {}", 4, x.shape())  ->  "expects 4 axes, got (2, 77, 2048)"
///
/// A value is anything with an operator<< or a member str(). Why not std::format: g++ 12 lacks it.
template <class... Values>
std::string format(std::string_view message, const Values&... values);

/// Throws std::invalid_argument with the message unless the condition holds: for a caller's
/// mistake, such as a wrong shape. A damaged or missing file is a std::runtime_error: see `fail`.
template <class... Values>
void require(bool condition, std::string_view message, const Values&... values) {
  if (!condition) throw std::invalid_argument(format(message, values...));
}

/// Throws std::runtime_error with the message: for files and other conditions outside the program.
template <class... Values>
[[noreturn]] void fail(std::string_view message, const Values&... values) {
  throw std::runtime_error(format(message, values...));
}

/// Text from outside, such as a name in a hostile file, made safe to print: control characters
/// become escapes such as \n and \x1b. A text longer than `limit` bytes is cut and ends in "...".
std::string printable(std::string_view text, size_t limit = 200);

namespace detail {

template <class Value>
void write(std::ostringstream& out, const Value& value) {
  if constexpr (requires { value.str(); }) {
    out << value.str();
  } else {
    out << value;
  }
}

inline void fill(std::ostringstream& out, std::string_view message) { out << message; }

template <class Value, class... Values>
void fill(std::ostringstream& out, std::string_view message, const Value& value,
          const Values&... values) {
  const size_t hole = message.find("{}");
  out << message.substr(0, hole);
  if (hole == std::string_view::npos) return;
  write(out, value);
  fill(out, message.substr(hole + 2), values...);
}

}  // namespace detail

template <class... Values>
std::string format(std::string_view message, const Values&... values) {
  std::ostringstream out;
  detail::fill(out, message, values...);
  return out.str();
}

}  // namespace tensor
