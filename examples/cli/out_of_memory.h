#pragma once

#include <string_view>

namespace cli {

/// From its start on the program ends with this message and exit status 1 when an allocation fails,
/// in any thread. As an exception it could not pass where nothing may throw: before main, and in
/// the option parser's comparisons.
inline constexpr std::string_view out_of_memory =
    "out of memory; a smaller image or fewer of them at once needs less (a limit: ulimit -v)";

}  // namespace cli
