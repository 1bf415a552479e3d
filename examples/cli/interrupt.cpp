#include "examples/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

/// Only what POSIX allows in a signal handler.
void end_program(int signal_number) {
  tensor::io::remove_pending_file();
  constexpr std::string_view message = "\nsdxl: interrupted; no file is left half-written\n";
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, message.data(), message.size());
  _exit(128 + signal_number);
}

void watch(int signal_number) {
  struct sigaction action {};
  sigaction(signal_number, nullptr, &action);
  if (action.sa_handler == SIG_IGN) return;  // as nohup asks for
  action = {};
  action.sa_handler = end_program;
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void end_cleanly_when_interrupted() {
  watch(SIGINT);
  watch(SIGTERM);
  signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of its write, with a message
}

}  // namespace cli
