#include "examples/cli/out_of_memory.h"

#include <unistd.h>

#include <new>

#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

/// Allocates nothing.
[[noreturn]] void end_program() {
  tensor::io::remove_pending_file();
  for (const std::string_view text :
       {std::string_view("sdxl: "), out_of_memory, std::string_view("\n")}) {
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, text.data(), text.size());
  }
  _exit(1);
}

/// Before the constructors of other files' constants, which allocate.
[[gnu::constructor(101)]] void watch_allocations() { std::set_new_handler(end_program); }

}  // namespace

}  // namespace cli
