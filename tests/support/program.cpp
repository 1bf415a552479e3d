#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <stdexcept>

#include "tests/support/paths.h"

namespace support {

namespace {

constexpr unsigned longest_run = 300;  // seconds; then the program hangs

/// Both ends of a pipe; what the child writes into one end is read from the other.
struct Pipe {
  int ends[2];
  Pipe() {  // pipe2 would do it in one call, but macOS has none
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  }
};

/// In the child: becomes the program. Only what POSIX allows after a fork.
[[noreturn]] void become_program(const char* folder, char** arguments, const Pipe& out,
                                 const Pipe& err, const Circumstances& circumstances) {
  dup2(out.ends[1], STDOUT_FILENO);
  dup2(err.ends[1], STDERR_FILENO);
  if (circumstances.largest_file >= 0) {
    const rlimit limit = {static_cast<rlim_t>(circumstances.largest_file),
                          static_cast<rlim_t>(circumstances.largest_file)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  alarm(longest_run);
  if (chdir(folder) == 0) execv(GLASSBOX_PROGRAM, arguments);
  _exit(127);
}

/// Reads the available bytes; false at the end.
bool read_some(int descriptor, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<size_t>(count));
  return count > 0;
}

/// Reads until the child has closed both; -1 stands for an end that isn't read.
void read_both(pid_t child, int out, int err, std::string interrupt_at, Outcome& outcome) {
  std::array<pollfd, 2> open = {{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    poll(open.data(), open.size(), -1);
    if (open[0].revents && !read_some(open[0].fd, outcome.out)) open[0].fd = -1;
    if (open[1].revents && !read_some(open[1].fd, outcome.err)) open[1].fd = -1;
    if (!interrupt_at.empty() && outcome.err.find(interrupt_at) != std::string::npos) {
      kill(child, SIGINT);
      interrupt_at.clear();
    }
  }
}

}  // namespace

Outcome run_program(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                    const Circumstances& circumstances) {
  std::vector<std::string> words = {GLASSBOX_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const std::string place = folder.string();

  // Tests share their cores; threads that spin while they wait for each other take ages there.
  setenv("OMP_WAIT_POLICY", "passive", 0);
  const Pipe out, err;
  if (!circumstances.is_read) close(out.ends[0]);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process for the program");
  if (child == 0) become_program(place.c_str(), pointers.data(), out, err, circumstances);
  close(out.ends[1]);
  close(err.ends[1]);
  Outcome outcome;
  read_both(child, circumstances.is_read ? out.ends[0] : -1, err.ends[0],
            circumstances.interrupt_at, outcome);
  if (circumstances.is_read) close(out.ends[0]);
  close(err.ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome;
}

std::string refused(const Outcome& outcome, int status, const std::vector<std::string>& said) {
  std::string wrong;
  if (outcome.status != status) wrong += "status " + std::to_string(outcome.status) + "; ";
  if (!outcome.out.empty()) wrong += "text on stdout; ";
  if (!outcome.err.starts_with("sdxl: ")) wrong += "no \"sdxl: \" in front; ";
  if (outcome.err.find("\nsdxl: ") != std::string::npos) wrong += "more than one message; ";
  for (const std::string& text : said) {
    if (outcome.err.find(text) == std::string::npos) wrong += "no \"" + text + "\"; ";
  }
  return wrong.empty() ? "" : wrong + "in: " + outcome.err;
}

std::string last_line(const std::string& text) {
  const size_t end = text.find_last_of('\n');
  return text.substr(text.find_last_of('\n', end - 1) + 1);
}

int run_in_shell(const std::filesystem::path& folder, const std::string& line) {
  const std::string program = "'" GLASSBOX_PROGRAM "'" + line.substr(std::string("sdxl").size());
  return std::system(("cd '" + folder.string() + "' && " + program).c_str());
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be opened");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ModelFolder::ModelFolder() {
  std::filesystem::copy(test_file("goldens/models/every_level_bf16"), model(),
                        std::filesystem::copy_options::recursive);
}

Outcome ModelFolder::generate(const std::vector<std::string>& more,
                              const Circumstances& circumstances) const {
  std::vector<std::string> arguments = {"generate", "--model", "model", "--height",
                                        "64",       "--width", "64"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto unless_given = [&](const std::string& option, const std::string& value) {
    if (std::find(more.begin(), more.end(), option) != more.end()) return;
    arguments.insert(arguments.end(), {option, value});
  };
  unless_given("--prompt", "a large red star");
  unless_given("--steps", "2");
  unless_given("--seed", "7");
  return run_program(path(), arguments, circumstances);
}

}  // namespace support
