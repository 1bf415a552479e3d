#pragma once

#include <filesystem>
#include <span>

namespace tensor::io {

/// Puts bytes into a file whole or not at all: they go to a temporary file in the same folder,
/// which takes the name `path` once all of them are on the disk; after an error nothing is left
/// behind. Errors: std::runtime_error naming the path, the system's reason and what to try.
void write_file(const std::filesystem::path& path, std::span<const std::span<const char>> parts);

}  // namespace tensor::io
