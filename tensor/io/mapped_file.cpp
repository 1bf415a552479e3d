#include "tensor/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "tensor/error.h"

namespace tensor::io {

namespace {

std::string hint(int error) {
  if (error == ENOENT || error == ENOTDIR) return "; check the path";
  if (error == EACCES) return "; check who may read it (ls -l)";
  if (error == ENOMEM) return "; the limit of the address space is too low for it (ulimit -v)";
  return "";
}

/// All files that are mapped. `closed_lost` is one that was closed before its loss was thrown.
struct MappedFiles {
  std::mutex mutex;
  std::set<const MappedFile*> open;
  std::string closed_lost;
};

/// Never destroyed, as static models may outlive it.
MappedFiles& mapped_files() {
  static MappedFiles& only = *new MappedFiles;
  return only;
}

bool is_same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

MappedFile::Descriptor::~Descriptor() {
  if (number >= 0) close(number);
}

MappedFile::Memory::~Memory() {
  if (!bytes.empty()) munmap(const_cast<char*>(bytes.data()), bytes.size());
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const auto refuse = [&path](int error) {
    fail("{}: cannot be read: {}{}", path.string(), std::generic_category().message(error),
         hint(error));
  };
  // Without O_NONBLOCK, open would wait for a writer if the path is a pipe.
  file_.number = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file_.number < 0 || fstat(file_.number, &opened_) != 0) refuse(errno);
  if (S_ISDIR(opened_.st_mode)) fail("{}: is a folder; name a file in it", path.string());
  if (!S_ISREG(opened_.st_mode)) fail("{}: is not a regular file", path.string());
  if (opened_.st_size > 0) {  // an empty mapping is not allowed
    const auto size = static_cast<size_t>(opened_.st_size);
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_.number, 0);
    if (address == MAP_FAILED) refuse(errno);
    memory_.bytes = {static_cast<const char*>(address), size};
    range_.watch(memory_.bytes);
  }
  MappedFiles& all = mapped_files();
  const std::lock_guard lock(all.mutex);
  all.open.insert(this);
}

MappedFile::~MappedFile() {
  MappedFiles& all = mapped_files();
  const std::lock_guard lock(all.mutex);
  all.open.erase(this);
  if (range_.is_lost() && !is_reported_) all.closed_lost = message_of_loss();
}

void MappedFile::release_pages() const {
#ifdef MADV_DONTNEED
  if (!bytes().empty()) madvise(const_cast<char*>(bytes().data()), bytes().size(), MADV_DONTNEED);
#endif
}

std::string MappedFile::message_of_loss() const {
  struct stat now {};
  const bool is_shorter = fstat(file_.number, &now) == 0 && now.st_size < opened_.st_size;
  if (!is_shorter) {
    return format(
        "{}: a part of it cannot be read from the disk (Input/output error); check the "
        "disk, and copy the file again",
        path_.string());
  }
  return format(
      "{}: was shortened from {} to {} bytes while it was read; is another program "
      "writing it? Copy it again",
      path_.string(), opened_.st_size, now.st_size);
}

void MappedFile::expect_whole() const {
  if (!range_.is_lost()) return;
  is_reported_ = true;
  throw std::runtime_error(message_of_loss());
}

void MappedFile::expect_unchanged() const {
  expect_whole();
  struct stat now {};
  if (fstat(file_.number, &now) != 0) return;
  if (now.st_size == opened_.st_size && is_same(now.st_mtim, opened_.st_mtim)) return;
  fail(
      "{}: was changed while it was read (it had {} bytes, and now has {}); is another program "
      "writing it? Run again when that has ended",
      path_.string(), opened_.st_size, now.st_size);
}

void read_ahead(std::span<const char> bytes) {
#ifdef MADV_WILLNEED
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data()), start = begin / page * page;
  // Linux reads no more for one call than the device's own reading ahead: 128 KiB by default.
  constexpr uintptr_t most = 128 << 10;
  for (uintptr_t at = start, end = begin + bytes.size(); at < end; at += most) {
    madvise(reinterpret_cast<void*>(at), std::min(most, end - at), MADV_WILLNEED);
  }
#endif
}

std::string read_text(const std::filesystem::path& path) {
  return MappedFile(path).read(
      [](std::span<const char> bytes) { return std::string(bytes.begin(), bytes.end()); });
}

void expect_whole_files() {
  if (!are_pages_lost()) return;
  MappedFiles& all = mapped_files();
  const std::lock_guard lock(all.mutex);
  for (const MappedFile* file : all.open) file->expect_whole();
  const std::string message = std::exchange(all.closed_lost, "");
  if (!message.empty()) throw std::runtime_error(message);
}

void expect_unchanged_files() {
  expect_whole_files();
  MappedFiles& all = mapped_files();
  const std::lock_guard lock(all.mutex);
  for (const MappedFile* file : all.open) file->expect_unchanged();
}

}  // namespace tensor::io
