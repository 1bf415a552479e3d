#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "examples/cli/commands.h"
#include "examples/cli/interrupt.h"
#include "examples/cli/options.h"
#include "examples/cli/out_of_memory.h"
#include "sdxl/version.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace {

/// One message on stderr, and the exit status: 2 the command line is wrong, 1 anything else. It
/// makes no copy of the message, as memory may be short.
int failure(std::string_view message, int status) {
  std::cerr << "sdxl: " << message << std::endl;
  return status;
}

/// 0 if everything on stdout was written.
int output_status() {
  std::cout.flush();
  if (std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  return failure("the output cannot be written; is the disk full?", 1);
}

/// The message for a command line without a command.
std::string expected_command(const CLI::App& app, const std::string& got) {
  std::string names;
  const auto is_listed = [](const CLI::App* command) { return !command->get_group().empty(); };
  for (const CLI::App* command : app.get_subcommands(is_listed)) names += " " + command->get_name();
  return "expected a command, one of" + names + ", got " + tensor::printable(got, 60);
}

int run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    cli::expect_textbook_modules();
    tensor::io::expect_unchanged_files();
    return output_status();
  } catch (const CLI::Success& help) {
    app.exit(help);
    return output_status();
  } catch (const CLI::ParseError& error) {
    const bool has_command = !app.get_subcommands().empty();
    const std::string message =
        has_command ? error.what() : expected_command(app, argc > 1 ? argv[1] : "none");
    return failure(message + "\nTry --help.", 2);
  } catch (const std::bad_alloc&) {
    return failure(cli::out_of_memory, 1);
  } catch (const std::exception& error) {
    return failure(error.what(), 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::end_cleanly_when_interrupted();
  CLI::App app("Glassbox SDXL: Stable Diffusion XL, every layer open to view", "sdxl");
  app.set_version_flag("--version", std::string("Glassbox SDXL ") + sdxl::version);
  app.require_subcommand(1);
  app.footer("sdxl COMMAND --help shows the options of a command and an example.");
  cli::add_generate(app);
  cli::add_attention(app);
  cli::add_schedule(app);
  cli::add_sweep(app);
  cli::add_ablate(app);
  cli::add_strip(app);
  cli::add_trace(app);
  cli::add_compare(app);
  cli::add_parity(app);
  cli::add_tokenize(app);
  cli::add_encode(app);
  cli::add_decode(app);
  cli::add_reconstruct(app);
  cli::add_edges(app);
  cli::add_info(app);
  cli::add_lora(app);
  cli::add_score(app);
  cli::add_upscale(app);
  cli::add_tree(app);
  cli::add_buckets(app);
  cli::add_installation(app);
  return run(app, argc, argv);
}
