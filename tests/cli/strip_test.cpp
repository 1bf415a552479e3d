#include <doctest/doctest.h>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;

namespace {

Outcome strip(const ModelFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"strip",    "--model", "model",   "--prompt", "a star",
                                        "--height", "64",      "--width", "64",       "--seed",
                                        "7",        "--steps", "3",       "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

/// The pixels of the last cells, below the names.
std::vector<uint8_t> last_column(const tensor::Image& image) {
  std::vector<uint8_t> pixels;
  for (int64_t y = 60; y < image.height; ++y) {
    const auto end = image.pixels.begin() + (y + 1) * image.width * 3;
    pixels.insert(pixels.end(), end - 3 * (160 + 12), end);
  }
  return pixels;
}

}  // namespace

TEST_CASE("cli: a strip shows steps evenly spaced and keeps all of their tensors") {
  const ModelFolder folder;
  const Outcome outcome = strip(folder, {"--show", "2", "--tensors", "steps"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  const tensor::Image two = tensor::read_image(folder.path() / "strip.png");
  CHECK(strip(folder, {"--output", "all.png"}).status == 0);
  const tensor::Image all = tensor::read_image(folder.path() / "all.png");
  CHECK(all.width == two.width + 160 + 12);
  CHECK(last_column(two) == last_column(all));

  const tensor::io::SafetensorsFile file(folder.path() / "steps");
  CHECK(file.names() == std::vector<std::string>{"predicted.0", "latents.0", "predicted.1",
                                                 "latents.1", "predicted.2", "latents.2"});
  // The last latents are those of the image that generate draws.
  CHECK(folder.generate({"--prompt", "a star", "--steps", "3", "--save-latents", "last"}).status ==
        0);
  const tensor::Tensor last = tensor::io::SafetensorsFile(folder.path() / "last").tensor("latents");
  const tensor::Tensor ours = file.tensor("latents.2");
  CHECK(std::equal(last.data(), last.data() + last.size(), ours.data()));
}

TEST_CASE("cli: the predicted images of a strip can be decoded") {
  const ModelFolder folder;
  CHECK(strip(folder, {}).status == 0);
  const std::string quick = support::read_bytes(folder.path() / "strip.png");
  CHECK(strip(folder, {"--decode"}).status == 0);
  CHECK(support::read_bytes(folder.path() / "strip.png") != quick);
  CHECK(refused(strip(folder, {"--show", "0"}), 2, {"--show", "from 1"}) == "");
  CHECK(refused(strip(folder, {"--output", "a/b.png"}), 1, {"a/b.png"}) == "");
  CHECK(refused(strip(folder, {"--preview", "x"}), 2, {"--preview"}) == "");
}
