#pragma once

#include <span>

namespace tensor::io {

struct WatchedSlot;

/// Mapped memory in which a lost page becomes zeros.
///
/// A read of a mapped page fails when the file was shortened, or when the disk cannot deliver the
/// page. The system then sends SIGBUS, which ends the program. The handler here maps zeros from
/// the failing page to the end of the range and marks the range, and the read goes on. So the mark
/// has to be looked at after the reads (docs/adr/0019-lost-pages.md).
///
/// The first range installs the handler. A SIGBUS at any other address goes to the handler that was
/// installed before, or ends the program.
class WatchedRange {
 public:
  WatchedRange();  // of no bytes
  ~WatchedRange();
  WatchedRange(const WatchedRange&) = delete;
  WatchedRange& operator=(const WatchedRange&) = delete;

  /// Begins to watch mapped bytes, which stay mapped as long as this object exists.
  void watch(std::span<const char> bytes);
  bool is_lost() const;

 private:
  WatchedSlot* slot_;
};

/// True if a page was ever lost in this process.
bool are_pages_lost();

}  // namespace tensor::io
