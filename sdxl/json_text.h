#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace sdxl {

/// Parses the JSON of a file of unknown origin. The result is discarded (is_discarded()) for a text
/// that is no JSON, and for one with brackets nested deeper than 500: to copy or to print such a
/// value takes a stack frame for each of them, and could overflow the stack.
nlohmann::json parse_json(std::string_view text);

}  // namespace sdxl
