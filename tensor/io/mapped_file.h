#pragma once

#include <filesystem>
#include <span>

namespace tensor::io {

/// A whole file as read-only memory. Nothing is read up front: a page comes from the disk when it
/// is first touched, and the system may drop it again when memory is short.
///
/// Another program that shortens the file meanwhile makes reads of the lost part fail (SIGBUS).
/// Errors: std::runtime_error naming the path and the system's reason; a folder is refused, too.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const char> bytes() const { return bytes_; }
  /// Gives back the memory of all pages that were touched. Those that are touched again come back,
  /// from the system's cache or from the disk.
  void let_go() const;

 private:
  std::span<const char> bytes_;
};

}  // namespace tensor::io
