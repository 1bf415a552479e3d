#include <doctest/doctest.h>

#include <sstream>

#include "tensor/compute.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using support::run_program;
using support::ScratchFolder;

namespace {

/// The names of the commands, as the program's help lists them.
std::vector<std::string> commands(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

/// The outcome of `generate` with one option.
Outcome with(const ModelFolder& folder, const std::vector<std::string>& option) {
  std::vector<std::string> arguments = {"generate", "--model", "model", "--prompt", "x"};
  arguments.insert(arguments.end(), option.begin(), option.end());
  return run_program(folder.path(), arguments);
}

}  // namespace

TEST_CASE("cli: help of the program and of every command and an example in each") {
  const ScratchFolder folder;
  const Outcome help = run_program(folder.path(), {"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  const std::vector<std::string> names = commands(help.out);
  CHECK(names.size() >= 6);
  for (const std::string& name : names) {
    CAPTURE(name);
    const Outcome outcome = run_program(folder.path(), {name, "--help"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out.find("Example: sdxl " + name) != std::string::npos);
  }
  CHECK(run_program(folder.path(), {"--version"}).out.starts_with("Glassbox SDXL "));
}

TEST_CASE("cli: no command and an unknown one") {
  const ScratchFolder folder;
  CHECK(refused(run_program(folder.path(), {}), 2, {"expected a command", "generate"}) == "");
  CHECK(refused(run_program(folder.path(), {"draw"}), 2, {"generate", "got draw"}) == "");
  CHECK(refused(run_program(folder.path(), {"generate", "--colour", "red"}), 2, {"--colour"}) ==
        "");
}

TEST_CASE("cli: impossible values of options") {
  const ModelFolder folder;
  const auto names = support::names_in(folder.path());
  const auto refuses = [&](const std::vector<std::string>& option, const std::string& expected) {
    CAPTURE(option.back());
    CHECK(refused(with(folder, option), 2, {expected}) == "");
  };
  refuses({"--height", "100"}, "--height: expected a multiple of 8, at most 32768, got 100");
  refuses({"--width", "-64"}, "expected a multiple of 8");
  refuses({"--width", "0"}, "expected a multiple of 8");
  refuses({"--width", "8000000000000000000000"}, "expected a multiple of 8");
  refuses({"--height", "64.0"}, "expected a multiple of 8");
  refuses({"--steps", "0"}, "--steps: expected a whole number from 1 to 1048576, got 0");
  refuses({"--steps", "-3"}, "got -3");
  refuses({"--images", "0"}, "expected a whole number from 1");
  refuses({"--threads", "0"}, "expected a whole number from 1");
  if (!tensor::set_bfloat16(true)) {
    refuses({"--bfloat16"}, "expected a processor with AMX or AVX512-BF16");
  }
  tensor::set_bfloat16(false);
  refuses({"--seed", "18446744073709551616"}, "expected whole numbers from -2^63 to 2^64 - 1");
  refuses({"--guidance-scale", "nan"}, "expected a number");
  refuses({"--guidance-rescale", "1.5"}, "expected a number from 0 to 1");
  refuses({"--scheduler", "plms"}, "euler");
  refuses({"--trace-step", "1"}, "needs --trace FILE");
  refuses({"--negative-crop-top", "8"}, "negative sizes take effect together");
  refuses({"--output", "image.jpg"}, "image.jpg");
  refuses({"--prompt-2", "\xff\xfe"}, "expected UTF-8, got byte 0xff at position 0");
  refuses({"--scheduler-option", "us\xa2=true"}, "no scheduler has such a field");
  refuses({"--steps"}, "required");
  CHECK(support::names_in(folder.path()) == names);
}

TEST_CASE("cli: a prompt is required with any other model than the tiny one") {
  const ModelFolder folder;
  CHECK(refused(run_program(folder.path(), {"generate", "--model", "model"}), 2,
                {"--prompt is required"}) == "");
}

TEST_CASE("cli: prompts of 10 000 words and of control characters draw an image") {
  const ModelFolder folder;
  std::string words;
  for (int i = 0; i < 10000; ++i) words += "star ";
  Outcome outcome = folder.generate({"--prompt", words});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("9925 more are cut off") != std::string::npos);
  CHECK(outcome.err.size() < 2000);
  outcome = folder.generate({"--prompt", "a \x01\x02\x1b[31m\x7f\t\n star"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find('\x1b') == std::string::npos);
  CHECK(folder.generate({"--prompt", ""}).status == 0);
}
