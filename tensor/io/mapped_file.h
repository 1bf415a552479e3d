#pragma once

#include <sys/stat.h>

#include <atomic>
#include <exception>
#include <filesystem>
#include <span>
#include <string>

#include "tensor/io/lost_pages.h"

namespace tensor::io {

/// A whole file as read-only memory. A page is read from the disk when it is first used, and the
/// system may drop it again when memory is short.
///
/// Another program may change the file meanwhile. If it shortens the file, the lost part reads as
/// zeros. The checks below throw then, and the program must not use what it has computed.
/// Errors: std::runtime_error naming the path and the system's reason, also for a folder.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const char> bytes() const { return memory_.bytes; }
  /// Drops all pages from memory: madvise, MADV_DONTNEED. A page that is read again comes from the
  /// system's cache or from the disk.
  void release_pages() const;

  /// Errors: std::runtime_error naming the path, when a part of the file was lost (shortened, or
  /// not delivered by the disk), or when another program wrote to it since it was opened.
  void expect_unchanged() const;

  /// The result of `read(bytes())`, where the file did not change meanwhile.
  /// Errors: those of `read`, and of expect_unchanged instead if the file did change.
  template <class Read>
  auto read(const Read& read) const {
    try {
      auto result = read(bytes());
      expect_unchanged();
      return result;
    } catch (const std::exception&) {
      expect_unchanged();
      throw;
    }
  }

 private:
  /// Closes a file at the end.
  struct Descriptor {
    int number = -1;
    ~Descriptor();
  };
  /// Ends a mapping.
  struct Memory {
    std::span<const char> bytes;
    ~Memory();
  };
  friend void expect_whole_files();
  void expect_whole() const;
  std::string message_of_loss() const;

  std::filesystem::path path_;
  Descriptor file_;
  struct stat opened_ {};  // the file's size and time when it was opened
  Memory memory_;
  WatchedRange range_;
  mutable std::atomic<bool> is_reported_ = false;  // its loss was thrown
};

/// Has the system read a part of a mapped file from the disk, and does not wait for it: madvise,
/// MADV_WILLNEED. Pages that are in memory already, and memory that is no file's, stay as they are.
void read_ahead(std::span<const char> bytes);

/// The bytes of a small file, such as a config.
/// Errors: those of MappedFile and of expect_unchanged.
std::string read_text(const std::filesystem::path& path);

/// Checks that no part of a mapped file was lost. It costs one read of memory: nn::Module does it
/// after every forward. All files of the process are checked, since a thread of a kernel may have
/// read the lost part.
/// Errors: std::runtime_error naming the file. It is thrown by each call as long as that file is
/// mapped, and by one if it no longer is.
void expect_whole_files();

/// Calls MappedFile::expect_unchanged for all mapped files: before results are written.
void expect_unchanged_files();

}  // namespace tensor::io
