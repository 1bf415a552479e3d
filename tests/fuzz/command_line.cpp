#include <map>

#include "examples/cli/attention_options.h"
#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/remake.h"
#include "sdxl/scheduler/scheduler.h"
#include "tests/fuzz/support/fuzz.h"

namespace {

using Words = std::vector<std::string>;

Words lines_of(std::string_view input) {
  Words words;
  for (size_t start = 0; start <= input.size();) {
    const size_t end = std::min(input.find('\n', start), input.size());
    words.emplace_back(input.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

void parse(CLI::App& app, Words words) {
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
  app.parse(words);
}

/// All that `generate` does with its options before it opens a file.
void check(cli::GenerateOptions& options, CLI::App& app) {
  options.check(app);
  cli::pack_arguments(options.arguments);
  const std::string line = cli::shell_line(options.arguments);
  fuzz::expect(line.find_first_of("\x1b\n\r\x7f") == line.npos, "a line has control characters");
  sdxl::SchedulerConfig config;
  config.class_name = "EulerDiscreteScheduler";
  options.apply(config);
  const auto scheduler = sdxl::make_scheduler(config, options.scheduler);
  set_schedule(*scheduler, options.steps, options.timesteps(), options.sigmas());
  if (options.images <= 8) cli::noise_source(options);
}

void generate(const Words& words) {
  CLI::App app;
  cli::GenerateOptions options;
  options.add_to(app);
  parse(app, words);
  check(options, app);
}

void attention(const Words& words) {
  CLI::App app;
  cli::AttentionOptions options;
  options.add_to(app);
  parse(app, words);
  options.check(app);
  options.pixels();
  options.places({64, 64}, 8);
}

/// The other commands' options are parsed, and the command is not run.
const std::map<std::string, void (*)(CLI::App&)> others = {{"schedule", cli::add_schedule},
                                                           {"sweep", cli::add_sweep},
                                                           {"ablate", cli::add_ablate},
                                                           {"strip", cli::add_strip},
                                                           {"trace", cli::add_trace},
                                                           {"compare", cli::add_compare},
                                                           {"parity", cli::add_parity},
                                                           {"tokenize", cli::add_tokenize},
                                                           {"encode", cli::add_encode},
                                                           {"decode", cli::add_decode},
                                                           {"reconstruct", cli::add_reconstruct},
                                                           {"info", cli::add_info},
                                                           {"tree", cli::add_tree},
                                                           {"buckets", cli::add_buckets}};

void run(Words words) {
  const auto other = others.find(words.front());
  if (other != others.end()) {
    CLI::App app;
    other->second(app);
    // Before the command's own callback, which holds the options.
    app.get_subcommands({}).front()->parse_complete_callback([] { throw CLI::Success(); });
    return parse(app, words);
  }
  const bool is_attention = words.front() == "attention";
  words.erase(words.begin());
  is_attention ? attention(words) : generate(words);
}

}  // namespace

/// A command line, one word a line: the command and its options.
void fuzz::test(std::string_view input) {
  if (input.find("--textbook") != input.npos) return;  // it stays in force until the program's end
  const Words words = lines_of(input.substr(0, input.find('\0')));
  try {
    run(words);
  } catch (const CLI::Error&) {
  } catch (const std::runtime_error& error) {
    expect_printable(error.what());
  } catch (const std::invalid_argument& error) {
    expect_printable(error.what());
  }
}
