#include "sdxl/text/merges_text.h"

#include "tensor/error.h"

namespace sdxl {

std::pair<std::string, std::string> parse_merge(std::string_view line, const std::string& place) {
  const size_t space = line.find(' ');
  const std::string_view left = line.substr(0, space);
  const std::string_view right = space < line.size() ? line.substr(space + 1) : "";
  if (left.empty() || right.empty() || right.find(' ') != std::string_view::npos) {
    tensor::fail("{}: expected a merge, two symbols with one space between them, got \"{}\"", place,
                 tensor::printable(line));
  }
  return {std::string(left), std::string(right)};
}

Merges parse_merges(std::string_view text, const std::string& source) {
  Merges merges;
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("#version")) continue;
    merges.push_back(parse_merge(line, source + ":" + std::to_string(number)));
  }
  return merges;
}

}  // namespace sdxl
