#pragma once

#include <filesystem>
#include <string>

namespace support {

/// tests/goldens/<name>.safetensors of the source tree.
inline std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(GLASSBOX_SOURCE_DIR) / "tests" / "goldens" / (name + ".safetensors");
}

}  // namespace support
