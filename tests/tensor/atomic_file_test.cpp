#include "tensor/io/atomic_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include "tests/support/scratch_folder.h"

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  const std::span<const char> parts[] = {
      {text.data(), text.size() / 2},
      {text.data() + text.size() / 2, text.size() - text.size() / 2}};
  tensor::io::write_file(path, parts);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

int64_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

/// Runs `act` in a child process, for what would change this one; its exit status.
int in_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("atomic file: a new file appears and an old one is replaced, with nothing beside them") {
  const support::ScratchFolder folder;
  const fs::path path = folder.path() / "out";
  write(path, "first");
  CHECK(read(path) == "first");
  write(path, "the second, which is longer");
  CHECK(read(path) == "the second, which is longer");
  write(path, "");
  CHECK(read(path).empty());
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: a path without a folder is in the current one") {
  const support::ScratchFolder folder;
  const int status = in_child([&] {
    fs::current_path(folder.path());
    write("out", "here");
    return 0;
  });
  CHECK(status == 0);
  CHECK(read(folder.path() / "out") == "here");
}

TEST_CASE("atomic file: an old file's permissions and a symbolic link stay") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("out", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink(path, folder.path() / "link");
  write(folder.path() / "link", "new");
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(read(path) == "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("atomic file: at a dangling link the file it leads to appears, and a circle is refused") {
  const support::ScratchFolder folder;
  const fs::path link = folder.path() / "link";
  fs::create_directory(folder.path() / "below");
  fs::create_symlink("below/away", link);
  write(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK(read(folder.path() / "below" / "away") == "new");
  fs::remove(link);
  fs::create_symlink("none/away", link);
  CHECK(message_of([&] { write(link, "x"); }).find("none: create it first") != std::string::npos);
  fs::remove(link);
  fs::create_symlink("link", link);
  CHECK(message_of([&] { write(link, "x"); }).find("symbolic links") != std::string::npos);
  CHECK(fs::is_symlink(link));
}

TEST_CASE(
    "atomic file: what a killed program of the same number left is neither used nor removed") {
  const support::ScratchFolder folder;
  const int status = in_child([&] {
    for (int i = 0; i < 50; ++i) {
      folder.write(".partial-" + std::to_string(getpid()) + "-" + std::to_string(i), "left");
    }
    write(folder.path() / "out", "new");
    return 0;
  });
  CHECK(status == 0);
  CHECK(read(folder.path() / "out") == "new");
  CHECK(files_in(folder.path()) == 51);
}

TEST_CASE("atomic file: a missing folder is named and not made") {
  const support::ScratchFolder folder;
  const std::string missing = (folder.path() / "none").string();
  const std::string expected =
      missing + "/out: cannot be written: No such file or directory; there is no folder " +
      missing + ": create it first";
  CHECK(message_of([&] { write(missing + "/out", "x"); }) == expected);
  CHECK(message_of([&] { tensor::io::check_writable(missing + "/out"); }) == expected);
  const fs::path file = folder.write("file", "x");
  CHECK(message_of([&] { write(file / "out", "x"); }).find("Not a directory") != std::string::npos);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: a folder in the file's place is refused") {
  const support::ScratchFolder folder;
  const std::string expected =
      folder.path().string() + ": cannot be written: Is a directory; name a file in it";
  CHECK(message_of([&] { write(folder.path(), "x"); }) == expected);
  CHECK(message_of([&] { tensor::io::check_writable(folder.path()); }) == expected);
  CHECK(message_of([&] { write("", "x"); }) != "");
}

TEST_CASE("atomic file: a name that is too long is refused") {
  const support::ScratchFolder folder;
  const auto message = [&](const std::string& name) {
    return message_of([&] { write(folder.path() / name, "x"); });
  };
  CHECK(message(std::string(255, 'n')) == "");
  CHECK(message(std::string(256, 'n')).find("File name too long") != std::string::npos);
  CHECK(message(std::string(5000, 'n')).find("File name too long") != std::string::npos);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: a folder without write permission is refused") {
  const support::ScratchFolder folder;
  const fs::path locked = folder.path() / "locked";
  const fs::path file = folder.write("file", "old");
  fs::create_directory(locked);
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(file, fs::perms::owner_read);
  fs::permissions(folder.path(), fs::perms::all);
  // The superuser may write everywhere, so be somebody else meanwhile.
  const int status = in_child([&] {
    if (geteuid() == 0 && setuid(65534) != 0) return 3;
    const std::string in_locked = message_of([&] { write(locked / "out", "x"); });
    const std::string over_file = message_of([&] { write(file, "new"); });
    const std::string hint = "Permission denied; choose a place that you may write to";
    return in_locked.ends_with(hint) && over_file.ends_with(hint) ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(read(file) == "old");
  CHECK(files_in(locked) == 0);
}

TEST_CASE("atomic file: when the disk fills the old file stays and nothing else is left") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("out", "old");
  const int status = in_child([&] {
    const rlimit limit{1000, 1000};  // files may not grow past 1000 bytes
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 3;
    const std::string message = message_of([&] { write(path, std::string(5000, 'x')); });
    return message.ends_with("File too large; free some space, or choose another disk") ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(read(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

// Never with the real /dev/null: where the superuser runs a broken build, a rename would replace
// it.
TEST_CASE("atomic file: pipes and devices are written to and not replaced") {
  const support::ScratchFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  write(pipe, "through");
  tensor::io::check_writable(pipe);
  std::array<char, 16> got{};
  CHECK(::read(reader, got.data(), got.size()) == 7);
  CHECK(std::string(got.data()) == "through");
  close(reader);
  CHECK(fs::is_fifo(pipe));

  const fs::path full = folder.path() / "full";  // a device of /dev/full's kind
  struct stat status {};
  const bool is_made = stat("/dev/full", &status) == 0 &&
                       mknod(full.c_str(), S_IFCHR | 0600, status.st_rdev) == 0 &&
                       close(open(full.c_str(), O_WRONLY)) == 0;
  if (!is_made) return;  // only the superuser can, and only where the disk allows devices
  const std::string message = message_of([&] { write(full, "x"); });
  CHECK(fs::is_character_file(full));
  CHECK(message.ends_with(
      "cannot be written: No space left on device; free some space, or choose another disk"));
}

TEST_CASE("atomic file: the check of a path leaves no file and changes none") {
  const support::ScratchFolder folder;
  const fs::path path = folder.write("old", "old");
  tensor::io::check_writable(path);
  tensor::io::check_writable(folder.path() / "new");
  CHECK(read(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: a signal handler can remove the half-written file") {
  const support::ScratchFolder folder;
  // The write that passes the limit raises the signal while the temporary file is there.
  const int status = in_child([&] {
    signal(SIGXFSZ, [](int) {
      tensor::io::remove_pending_file();
      _exit(42);
    });
    const rlimit limit{1000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    write(folder.path() / "out", std::string(5000, 'x'));
    return 0;
  });
  CHECK(status == 42);
  CHECK(files_in(folder.path()) == 0);
  tensor::io::remove_pending_file();  // with nothing pending, it does nothing
}
