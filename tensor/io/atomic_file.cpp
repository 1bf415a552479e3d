#include "tensor/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace tensor::io {

namespace {

namespace fs = std::filesystem;

std::string hint_for_folder(const fs::path& folder) {
  if (fs::is_directory(folder)) return "; choose another folder: this one takes no new files";
  return "; there is no folder " + folder.string() + ": create it first";
}

std::string hint(int error, const fs::path& path) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return hint_for_folder(fs::absolute(path).parent_path());
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a place that you may write to";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "; free some space, or choose another disk";
    case EISDIR:
      return "; name a file in it";
    default:
      return "";
  }
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  fail("{}: cannot be written: {}{}", path.string(), std::generic_category().message(error),
       hint(error, path));
}

/// The path of the temporary file being written, where a signal handler finds it.
std::mutex one_at_a_time;
std::array<char, PATH_MAX> pending_path{};
std::atomic<bool> is_pending = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// A new file beside the target, removed again at the end of the block unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : target_(target), lock_(one_at_a_time) {
    // A killed program may have left such a file, and process numbers come again: a few names more.
    constexpr int most_names = 1000;
    for (int i = 0; i < most_names && descriptor_ < 0; ++i) try_next_name();
    if (descriptor_ < 0) refuse(target, EEXIST);
    struct stat status {};
    if (stat(target.c_str(), &status) == 0) fchmod(descriptor_, status.st_mode & 0777);
  }

  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    remove_pending_file();
  }

  int descriptor() const { return descriptor_; }

  /// Flushes everything to the disk and then renames: the target changes in this one moment.
  void become_target() {
    const int descriptor = std::exchange(descriptor_, -1);
    const bool is_stored = fsync(descriptor) == 0 || errno == EINVAL;  // EINVAL: cannot sync
    const int error = errno;
    if (close(descriptor) != 0 && is_stored) refuse(target_, errno);
    if (!is_stored) refuse(target_, error);
    if (rename(pending_path.data(), target_.c_str()) != 0) refuse(target_, errno);
    is_pending = false;
  }

 private:
  /// Creates the file; leaves descriptor_ as it is where the name is taken.
  void try_next_name() {
    static int counter = 0;
    const std::string name =
        ".partial-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
    const std::string path = (target_.parent_path() / name).string();
    if (path.size() >= pending_path.size()) refuse(target_, ENAMETOOLONG);
    std::copy_n(path.c_str(), path.size() + 1, pending_path.data());
    is_pending = true;  // from here on a signal finds it
    descriptor_ = open(pending_path.data(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
    const int error = errno;
    is_pending = false;
    if (error != EEXIST) refuse(target_, error);
  }

  const fs::path& target_;
  std::lock_guard<std::mutex> lock_;
  int descriptor_ = -1;
};

void write_all(int descriptor, std::span<const char> bytes, const fs::path& path) {
  constexpr size_t most = size_t{1} << 30;  // some systems refuse 2 GiB or more at once
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), std::min(bytes.size(), most));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse(path, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

/// Writes directly to a device or pipe, which renaming would replace by a file.
void write_directly(const fs::path& path, std::span<const std::span<const char>> parts) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) refuse(path, errno);
  struct Closer {
    int descriptor;
    ~Closer() { close(descriptor); }
  } closer{descriptor};
  for (const std::span<const char> part : parts) write_all(descriptor, part, path);
}

/// Refuses a folder and a file that may not be written; true for a device or a pipe.
bool is_device(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) refuse(path, EISDIR);
  if (access(path.c_str(), W_OK) != 0) refuse(path, errno);
  return !S_ISREG(status.st_mode);
}

/// Where a symbolic link leads, so that the link itself stays. The end may be absent.
fs::path follow_links(fs::path path) {
  constexpr int most_links = 40;  // as Linux; more of them are a circle
  std::error_code ignored;
  for (int i = 0; i < most_links && fs::is_symlink(path, ignored); ++i) {
    path = path.parent_path() / fs::read_symlink(path);
  }
  if (fs::is_symlink(path, ignored)) refuse(path, ELOOP);
  return path;
}

}  // namespace

void remove_pending_file() {
  if (is_pending.exchange(false)) unlink(pending_path.data());
}

void write_file(const fs::path& path, std::span<const std::span<const char>> parts) {
  expect_unchanged_files();
  if (is_device(path)) return write_directly(path, parts);
  const fs::path target = follow_links(path);
  TemporaryFile file(target);
  for (const std::span<const char> part : parts) write_all(file.descriptor(), part, path);
  file.become_target();
}

void check_writable(const fs::path& path) {
  if (!is_device(path)) TemporaryFile file(follow_links(path));
}

}  // namespace tensor::io
