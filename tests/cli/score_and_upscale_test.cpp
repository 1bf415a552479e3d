#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/observe/compare.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::Outcome;
using support::refused;
using tensor::Image;
using tensor::Tensor;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny CLIP, a predictor, an upscaler, a model and an image.
class Folder : public support::ScratchFolder {
 public:
  Folder() {
    const auto copy = [&](const std::string& from, const std::string& to) {
      std::filesystem::copy(support::test_file("goldens/" + from), path() / to,
                            std::filesystem::copy_options::recursive);
    };
    copy("models/image_encoder_f16", "clip");
    copy("models/three_levels_f32", "model");
    copy("upscalers/real_esrgan_x4.safetensors", "x4.safetensors");
    const auto all = support::tensors_of(support::golden_path("aesthetic_score"));
    tensor::io::write_safetensors(path() / "predictor.safetensors",
                                  support::below(all, "weights/"));
    Image image{17, 22, std::vector<uint8_t>(17 * 22 * 3, 70)};
    for (size_t i = 0; i < image.pixels.size(); i += 7) image.pixels[i] = 250;
    tensor::write_png(path() / "a.png", image);
  }
  Outcome run(const Arguments& arguments) const { return support::run_program(path(), arguments); }
  Tensor latents(const Arguments& more) const {
    Arguments arguments = {
        "generate",      "--model", "model",          "--prompt", "a star",  "--seed", "7",
        "--steps",       "2",       "--height",       "32",       "--width", "40",     "--quiet",
        "--hires-scale", "1.5",     "--save-latents", "latents"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return tensor::io::SafetensorsFile(path() / "latents").tensor("latents");
  }
};

}  // namespace

TEST_CASE("cli: score prints a number for each image, or JSON") {
  const Folder folder;
  const Arguments score = {
      "score", "a.png", "a.png", "--clip", "clip", "--predictor", "predictor.safetensors"};
  const Outcome text = folder.run(score);
  CHECK(text.status == 0);
  const std::string line = text.out.substr(0, text.out.find('\n') + 1);
  CHECK(line.ends_with("  a.png\n"));
  CHECK(text.out == line + line);

  Arguments with_json = score;
  with_json.emplace_back("--json");
  const auto list = nlohmann::json::parse(folder.run(with_json).out);
  REQUIRE(list.size() == 2);
  CHECK(list[0].at("image") == "a.png");
  CHECK(list[0].at("aesthetic_score").get<double>() ==
        doctest::Approx(std::stod(line)).epsilon(1e-2));
}

TEST_CASE("cli: score refuses files that hold something else") {
  const Folder folder;
  const auto with = [&](const std::string& clip, const std::string& predictor) {
    return folder.run({"score", "a.png", "--clip", clip, "--predictor", predictor});
  };
  CHECK(refused(with("clip", "x4.safetensors"), 1, {"holds no aesthetic predictor"}) == "");
  CHECK(refused(with("x4.safetensors", "predictor.safetensors"), 1, {"holds no image encoder"}) ==
        "");
  CHECK(refused(with("none", "predictor.safetensors"), 1, {"there is no such folder or file"}) ==
        "");
  CHECK(refused(
            folder.run({"score", "clip", "--clip", "clip", "--predictor", "predictor.safetensors"}),
            1, {"clip"}) == "");
}

TEST_CASE("cli: upscale enlarges an image by the net's factor or by another one") {
  const Folder folder;
  CHECK(folder.run({"upscale", "a.png", "--upscaler", "x4.safetensors", "--output", "b.png"})
            .status == 0);
  const Image four = tensor::read_image(folder.path() / "b.png");
  CHECK(four.height == 68);
  CHECK(four.width == 88);
  CHECK(folder.run({"upscale", "a.png", "--upscaler", "x4.safetensors", "--scale", "2.5"}).status ==
        0);
  const Image other = tensor::read_image(folder.path() / "upscaled.png");
  CHECK(other.height == 43);
  CHECK(other.width == 55);
  CHECK(refused(folder.run({"upscale", "a.png", "--upscaler", "predictor.safetensors"}), 1,
                {"expected an upscaler of ESRGAN's architecture"}) == "");
  CHECK(
      refused(folder.run({"upscale", "a.png", "--upscaler", "x4.safetensors", "--output", "b.jpg"}),
              2, {"expected a name that ends in .png"}) == "");
}

TEST_CASE("cli: --hires-upscaler enlarges in the high-resolution fix") {
  const Folder folder;
  const Tensor lanczos = folder.latents({});
  const Tensor learned = folder.latents({"--hires-upscaler", "x4.safetensors"});
  CHECK(learned.shape() == lanczos.shape());
  CHECK(nn::difference("", learned, lanczos).relative > 1e-3);
  CHECK(refused(folder.run({"generate", "--model", "model", "--prompt", "x", "--hires-upscaler",
                            "x4.safetensors"}),
                2, {"--hires-upscaler needs --hires-scale F"}) == "");
}
