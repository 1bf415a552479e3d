#pragma once

#include <filesystem>
#include <span>

namespace tensor::io {

/// Writes a file, whole or not at all: the bytes go to a temporary file in the same folder, which
/// is renamed to `path` when all of them are on the disk. An error removes the temporary file.
/// A device or pipe, such as /dev/stdout, is written to directly. At a symbolic link, the file that
/// it leads to is written, which may be absent.
///
/// The temporary file is named ".partial-PROCESS-NUMBER". Only a program that was killed (SIGKILL)
/// or a machine that stopped leaves one, and it may be deleted.
///
/// One file is written at a time: a second thread waits for the first.
/// Errors: std::runtime_error naming the path, the system's reason and a remedy; also, before
/// anything is written, those of expect_unchanged_files.
void write_file(const std::filesystem::path& path, std::span<const std::span<const char>> parts);

/// Checks that write_file can write to `path`: for a program that computes for long before it
/// writes.
/// Errors: those of write_file.
void check_writable(const std::filesystem::path& path);

/// Removes the temporary file of a write that is in progress, if any. A signal handler may call it,
/// and must then end the program.
void remove_pending_file();

}  // namespace tensor::io
