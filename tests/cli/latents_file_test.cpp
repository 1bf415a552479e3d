#include <doctest/doctest.h>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/vae/latent_scaling.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::refused;
using support::run_program;
using tensor::Tensor;

namespace {

/// Latents of ComfyUI and of ours that are the same image, in a folder with a model.
class LatentFolder : public ModelFolder {
 public:
  LatentFolder() {
    std::vector<float> values;
    for (int i = 0; i < 4 * 8 * 8; ++i) values.push_back(static_cast<float>(i * 37 % 101) / 25 - 2);
    const Tensor z = Tensor::from({1, 4, 8, 8}, values);
    const Tensor mark = Tensor::zeros({0});
    write_file("now.latent", {{"latent_tensor", z}, {"latent_format_version_0", mark}});
    write_file("early.latent", {{"latent_tensor", 0.18215f * z}});
    write_file("noise.latent", {{"latent_tensor", z}});
    const auto config = sdxl::open_checkpoint(model(), {})->vae_config();
    write_file("ours.safetensors", {{"latents", sdxl::scale_latents(config, z)}});
    write_file("noise.safetensors", {{"latents", z}});
  }

  /// The pixels that a command draws to out.png.
  std::vector<uint8_t> pixels(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin() + 1, {"--model", "model"});
    const support::Outcome outcome = run_program(path(), arguments);
    CHECK(outcome.err == "");
    REQUIRE(outcome.status == 0);
    return tensor::read_image(path() / "out.png").pixels;
  }

 private:
  void write_file(const std::string& name, const tensor::io::NamedTensors& tensors) const {
    tensor::io::write_safetensors(path() / name, tensors);
  }
};

int largest_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  REQUIRE(a.size() == b.size());
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("cli: ComfyUI's latents of both versions are opened at the scale of ours") {
  const LatentFolder folder;
  const auto decoded = [&](const std::string& file) {
    return folder.pixels({"decode", file, "out.png"});
  };
  const std::vector<uint8_t> ours = decoded("ours.safetensors");
  CHECK(decoded("now.latent") == ours);
  CHECK(largest_difference(decoded("early.latent"), ours) <= 1);  // two roundings

  const auto drawn = [&](const char* option, const std::string& file) {
    std::vector<std::string> arguments = {"generate", "--prompt", "x",    "--steps",
                                          "2",        "--seed",   "1",    "--quiet",
                                          "--output", "out.png",  option, file};
    if (std::string(option) == "--image") arguments.insert(arguments.end(), {"--strength", "0.5"});
    if (std::string(option) == "--latents") {
      arguments.insert(arguments.end(), {"--height", "64", "--width", "64"});
    }
    return folder.pixels(arguments);
  };
  CHECK(drawn("--image", "now.latent") == drawn("--image", "ours.safetensors"));
  CHECK(drawn("--latents", "noise.latent") == drawn("--latents", "noise.safetensors"));
}

TEST_CASE("cli: a file without latents of either name is refused") {
  const LatentFolder folder;
  tensor::io::write_safetensors(folder.path() / "other.latent", {{"samples", Tensor::zeros({1})}});
  CHECK(refused(run_program(folder.path(), {"decode", "--model", "model", "other.latent", "x.png"}),
                1, {"other.latent: expected a tensor latents, got samples"}) == "");
}
