#pragma once

#include <filesystem>
#include <string>

namespace support {

/// A file of the tests folder of the source tree.
inline std::filesystem::path test_file(const std::string& name) {
  return std::filesystem::path(GLASSBOX_SOURCE_DIR) / "tests" / name;
}

/// tests/goldens/<name>.safetensors of the source tree.
inline std::filesystem::path golden_path(const std::string& name) {
  return test_file("goldens/" + name + ".safetensors");
}

}  // namespace support
