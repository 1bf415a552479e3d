#pragma once

#include <string>
#include <string_view>

#include "sdxl/text/byte_pair_encoding.h"

namespace sdxl {

/// Parses one merge: two symbols with one space between them, "th e</w>".
/// Errors: std::runtime_error naming `place`, such as "merges.txt:12".
std::pair<std::string, std::string> parse_merge(std::string_view line, const std::string& place);

/// Parses one merge a line. A line that begins with "#version" is skipped. Errors: see parse_merge.
Merges parse_merges(std::string_view text, const std::string& source);

}  // namespace sdxl
