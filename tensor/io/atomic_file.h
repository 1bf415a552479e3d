#pragma once

#include <filesystem>
#include <span>

namespace tensor::io {

/// Puts bytes into a file whole or not at all: they go to a temporary file in the same folder,
/// which takes the name `path` once all of them are on the disk; after an error nothing is left
/// behind. A device or pipe, such as /dev/stdout, is written to directly.
///
/// One file is written at a time: a second thread waits for the first.
/// Errors: std::runtime_error naming the path, the system's reason and what to try.
void write_file(const std::filesystem::path& path, std::span<const std::span<const char>> parts);

/// Would `write_file` be able to write here? For a program that has long work to do before it
/// writes. Errors: those of write_file.
void check_writable(const std::filesystem::path& path);

/// Removes the temporary file that is being written at this moment, if any. It may be called from
/// a signal handler, which must not return to the program afterwards but end it.
void remove_pending_file();

}  // namespace tensor::io
