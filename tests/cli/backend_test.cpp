#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "tensor/compute.h"
#include "tensor/image/image.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;

TEST_CASE("cli: every backend draws the same image within 1 of 255, and no trace diverges") {
  const ModelFolder folder;
  const auto draw = [&](const std::string& backend) {
    const Outcome outcome = folder.generate({"--backend", backend, "--trace", backend + ".trace",
                                             "--output", backend + ".png", "--quiet"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    return tensor::read_image(folder.path() / (backend + ".png")).pixels;
  };
  const std::vector<uint8_t> fast = draw("fast");
  for (const std::string backend : {"eigen", "textbook"}) {
    CAPTURE(backend);
    const std::vector<uint8_t> pixels = draw(backend);
    REQUIRE(pixels.size() == fast.size());
    int largest = 0;
    for (size_t i = 0; i < fast.size(); ++i)
      largest = std::max(largest, std::abs(pixels[i] - fast[i]));
    CHECK(largest <= 1);
    // Traces differ in their last digits, which shows that another body ran; none diverges.
    CHECK(support::read_bytes(folder.path() / (backend + ".trace")) !=
          support::read_bytes(folder.path() / "fast.trace"));
    const Outcome compared =
        support::run_program(folder.path(), {"compare", backend + ".trace", "fast.trace"});
    CHECK(compared.status == 0);
  }
}

TEST_CASE("cli: an unknown backend, and bfloat16 where the backend has none, are refused") {
  const ModelFolder folder;
  CHECK(refused(folder.generate({"--backend", "quick"}), 2,
                {"--backend: expected the backend textbook, eigen or fast, got \"quick\""}) == "");
  for (const std::string backend : {"eigen", "textbook"}) {
    CHECK(refused(folder.generate({"--backend", backend, "--bfloat16"}), 2,
                  {"--bfloat16: expected --backend fast, got " + backend}) == "");
  }
}
