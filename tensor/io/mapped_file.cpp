#include "tensor/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tensor/error.h"

namespace tensor::io {

namespace {

std::string hint(int error) {
  if (error == ENOENT || error == ENOTDIR) return "; check the path";
  if (error == EACCES) return "; check who may read it (ls -l)";
  return "";
}

/// Closes a file descriptor at the end of a block; a mapping outlives it.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto refuse = [&path](int error) {
    fail("{}: cannot be read: {}{}", path.string(), std::generic_category().message(error),
         hint(error));
  };
  // Without O_NONBLOCK, open would wait for a writer if the path is a pipe.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.number < 0 || fstat(file.number, &status) != 0) refuse(errno);
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder; name a file in it", path.string());
  if (!S_ISREG(status.st_mode)) fail("{}: is not a regular file", path.string());
  if (status.st_size == 0) return;  // an empty mapping is not allowed

  const auto size = static_cast<size_t>(status.st_size);
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) refuse(errno);
  bytes_ = {static_cast<const char*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void MappedFile::release_pages() const {
#ifdef MADV_DONTNEED
  if (!bytes_.empty()) madvise(const_cast<char*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
#endif
}

}  // namespace tensor::io
