#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace sdxl {

/// Parses the JSON of a file of unknown origin. The result is discarded (is_discarded()) for a text
/// that is no JSON, and for one with brackets nested deeper than 500: to copy or to print such a
/// value takes a stack frame for each of them, and could overflow the stack.
nlohmann::json parse_json(std::string_view text);

/// JSON as text, in one line, or with `indent` spaces a level. Bytes of a string that are not UTF-8,
/// as an argument or a file's name may have, become U+FFFD.
std::string json_text(const nlohmann::json& value, int indent = -1);

}  // namespace sdxl
