#include "examples/cli/html.h"

#include "tensor/error.h"

namespace cli {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : tensor::printable(text, 2000)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace cli
