#include <doctest/doctest.h>
#include <unistd.h>

#include "tensor/kernels/sanitizers.h"
#include "tests/support/program.h"

namespace fs = std::filesystem;
using support::ModelFolder;
using support::names_in;
using support::refused;

namespace {

const std::vector<std::string> model_alone = {"model"};

}  // namespace

TEST_CASE("cli: outputs that cannot be written are refused before the work begins") {
  const ModelFolder folder;
  for (const char* option : {"--output", "--save-latents", "--trace"}) {
    CAPTURE(option);
    const std::string name = std::string("nowhere/file") + (option[2] == 'o' ? ".png" : "");
    // of 1048576 steps none is taken
    CHECK(refused(folder.generate({option, name, "--steps", "1048576", "--quiet"}), 1,
                  {name, "there is no folder", "create it first"}) == "");
  }
  CHECK(refused(folder.generate({"--output", "model", "--quiet"}), 1,
                {"model", "name a file in it"}) == "");
  CHECK(refused(folder.generate({"--output", "model/model_index.json/file.png", "--quiet"}), 1,
                {"cannot be written"}) == "");
  CHECK(names_in(folder.path()) == model_alone);
}

TEST_CASE("cli: a folder without write permission") {
  const ModelFolder folder;
  fs::create_directory(folder.path() / "locked");
  fs::permissions(folder.path() / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  // root may write anywhere but into what the system itself keeps, such as /proc
  const std::string name = geteuid() == 0 ? "/proc/image.png" : "locked/image.png";
  CHECK(refused(folder.generate({"--output", name, "--quiet"}), 1, {name, "cannot be written"}) ==
        "");
  CHECK(names_in(folder.path() / "locked").empty());
}

// ThreadSanitizer ends the program by SIGBUS inside libomp, whose own file needs more than the limit.
TEST_CASE("cli: a disk that fills leaves nothing half-written and an older image as it was" *
          doctest::skip(tensor::kernels::has_thread_sanitizer)) {
  const ModelFolder folder;
  folder.write("image.png", "older");
  const support::Outcome outcome = folder.generate(
      {"--output", "image.png", "--quiet"}, {.largest_file = 2000});  // libomp needs 1024 itself
  CHECK(refused(outcome, 1, {"image.png", "cannot be written", "free some space"}) == "");
  CHECK(support::read_bytes(folder.path() / "image.png") == "older");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"image.png", "model"});
}

TEST_CASE("cli: an interrupt ends the program with 130 and leaves no file") {
  const ModelFolder folder;
  const support::Outcome outcome = folder.generate({"--steps", "1000"}, {.interrupt_at = "seed 7"});
  CHECK(outcome.status == 130);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("\nsdxl: interrupted; no file is left half-written\n") !=
        std::string::npos);
  CHECK(names_in(folder.path()) == model_alone);
}
