#pragma once

#include <filesystem>
#include <span>

namespace tensor::io {

/// A whole file as read-only memory. A page is read from the disk when it is first used, and the
/// system may drop it again when memory is short.
///
/// If another program shortens the file meanwhile, a read of the lost part ends the program
/// (SIGBUS).
/// Errors: std::runtime_error naming the path and the system's reason, also for a folder.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const char> bytes() const { return bytes_; }
  /// Drops all pages from memory: madvise, MADV_DONTNEED. A page that is read again comes from the
  /// system's cache or from the disk.
  void release_pages() const;

 private:
  std::span<const char> bytes_;
};

}  // namespace tensor::io
