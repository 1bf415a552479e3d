#pragma once

namespace cli {

constexpr const char* version = "0.1.0";

}  // namespace cli
