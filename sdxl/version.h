#pragma once

namespace sdxl {

/// The version of the libraries, the program and the packages. cmake/Version.cmake reads this line,
/// and tests/guards/version.sh checks the other files that name a version.
inline constexpr const char* version = "0.1.0";

}  // namespace sdxl
