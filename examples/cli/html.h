#pragma once

#include <string>

namespace cli {

/// A text as HTML: <, >, & and " as entities, and what can't be printed as tensor::printable
/// writes it. At most 2000 bytes of it.
std::string escaped(const std::string& text);

}  // namespace cli
