#include "tensor/image/image.h"

#include <doctest/doctest.h>

#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using support::run_program;
using tensor::Image;
using tensor::Tensor;

namespace {

/// A folder with images to start from.
class Images : public ModelFolder {
 public:
  Images() {
    Image image{.height = 24, .width = 32, .pixels = {}};
    for (int i = 0; i < 24 * 32 * 3; ++i) image.pixels.push_back(static_cast<uint8_t>(i * 7));
    tensor::write_png(path() / "in.png", image);
    const std::vector<uint8_t> black(24 * 32 * 3, 0), white(24 * 32 * 3, 255);
    tensor::write_png(path() / "black.png", {24, 32, black});
    tensor::write_png(path() / "white.png", {24, 32, white});
    const tensor::io::SafetensorsFile files(support::golden_path("image_files"));
    for (const std::string& entry : files.names()) {
      if (!entry.starts_with("file/")) continue;
      const Tensor bytes = files.tensor(entry);
      std::string text;
      for (int64_t i = 0; i < bytes.size(); ++i) {
        text += static_cast<char>(static_cast<uint8_t>(bytes.data()[i]));
      }
      write(entry.substr(5), text);
    }
  }

  /// `generate` from an image, at its own size.
  Outcome change(const std::string& image, const std::vector<std::string>& more = {},
                 const std::string& model = "model") const {
    std::vector<std::string> arguments = {"generate", "--model", model,     "--prompt",
                                          "a star",   "--steps", "3",       "--seed",
                                          "7",        "--quiet", "--image", image};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(path(), arguments);
  }
  std::vector<uint8_t> pixels() const { return tensor::read_image(path() / "sdxl.png").pixels; }
};

std::string model(const std::string& name) {
  return support::test_file("goldens/models/" + name).string();
}

}  // namespace

TEST_CASE("cli: where a mask is black the prompt changes nothing and where it is white it does") {
  const Images folder;
  const auto draw = [&](const std::string& mask, const std::string& negative_prompt) {
    const Outcome outcome =
        folder.change("in.png", {"--mask", mask, "--negative-prompt", negative_prompt});
    CHECK(outcome.err == "");
    CHECK(outcome.status == 0);
    return folder.pixels();
  };
  CHECK(draw("black.png", "a moon") == draw("black.png", "a ring"));
  CHECK(draw("white.png", "a moon") != draw("white.png", "a ring"));
  const tensor::TextChunks texts = tensor::read_png_texts(folder.path() / "sdxl.png");
  const auto said = [&](const std::string& key) {
    for (const auto& [name, text] : texts) {
      if (name == key) return text;
    }
    return std::string();
  };
  CHECK(said("mask_image") == "white.png");
  CHECK(said("strength") == "0.9999");
  CHECK(said("guidance_scale") == "7.5");
}

TEST_CASE("cli: an image of every format is read and turned by its orientation") {
  const Images folder;
  for (const std::string name :
       {"alpha.png", "alpha_16_bits.png", "grey.jpg", "grey_alpha.png", "one_bit.png",
        "palette.png", "rgb.bmp", "rgb_16_bits.png", "orientation_3.jpg"}) {
    CAPTURE(name);
    CHECK(folder.change(name, {"--strength", "0.5"}).status == 0);
    CHECK(tensor::read_image(folder.path() / "sdxl.png").width == 16);
    CHECK(folder.change(name, {"--mask", "grey.png"}).status == 0);
  }
  CHECK(folder.change("orientation_6.jpg", {"--mask", "turned.png"}).status == 0);
  CHECK(tensor::read_image(folder.path() / "sdxl.png").width == 8);
  CHECK(
      refused(folder.change("orientation_6.jpg", {"--mask", "grey.png"}), 1,
              {"grey.png: expected 18 x 11 pixels, the size of orientation_6.jpg, got 11 x 18"}) ==
      "");
}

TEST_CASE("cli: images and masks that are no images or too small or of another size") {
  const Images folder;
  folder.write("text.png", "no image at all");
  const auto refuses = [&](const std::string& image, const std::vector<std::string>& more,
                           int status, const std::string& said) {
    CAPTURE(said);
    CHECK(refused(folder.change(image, more), status, {said}) == "");
  };
  refuses("text.png", {}, 1, "text.png: ");
  refuses("one_pixel.png", {}, 1, "one_pixel.png: an image of 1 x 1 pixels is too small");
  refuses("none.png", {}, 1, "none.png: cannot be read");
  refuses("in.png", {"--mask", "text.png"}, 1, "text.png: ");
  refuses("in.png", {"--mask", "one_pixel.png"}, 1, "one_pixel.png: expected 24 x 32 pixels");
  refuses("in.png", {"--mask", "grey.png"}, 1, "grey.png: expected 24 x 32 pixels, the size of");
  refuses("in.png", {"--strength", "0.3"}, 2,
          "--strength: 0.3 of 3 steps is less than one step; expected at least 0.333");
  refuses("in.png", {"--strength", "1.5"}, 2, "--strength: expected a number from 0 to 1, got 1.5");
  refuses("in.png", {"--strength", "-0.1"}, 2, "--strength: expected a number from 0 to 1");
  refuses("in.png", {"--denoising-start", "2"}, 2, "--denoising-start: expected a number from 0");
  refuses("in.png", {"--denoising-end", "nan"}, 2, "--denoising-end: expected a number from 0");
  refuses("in.png", {"--denoising-start", "0.7", "--denoising-end", "0.5"}, 1,
          "denoising_start: expected less than denoising_end, got 0.7 and 0.5");
  refuses("in.png", {"--denoising-start", "0.7", "--strength", "0.5"}, 2, "exclude each other");
  refuses("in.png", {"--refiner", "model", "--mask", "white.png"}, 2, "expected --refine-strength");
  CHECK(refused(folder.generate({"--mask", "white.png"}), 2, {"--mask needs --image FILE"}) == "");
  CHECK(refused(folder.generate({"--strength", "0.5"}), 2, {"--strength needs --image"}) == "");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "sdxl.png"));
}

TEST_CASE("cli: a refiner is no base and an inpainting UNet expects a mask") {
  const Images folder;
  const std::string refiner = model("refiner_f16"), repainter = model("inpaint_f16");
  const auto from_text = [&](const std::string& path) {
    return run_program(folder.path(), {"generate", "--model", path, "--prompt", "x", "--quiet"});
  };
  CHECK(refused(from_text(refiner), 1,
                {"refiner_f16 is a refiner: it draws nothing from a text alone"}) == "");
  CHECK(folder.change("in.png", {"--strength", "0.5"}, refiner).status == 0);
  CHECK(refused(from_text(repainter), 1,
                {"inpaint_f16 is an inpainting model: it expects an image and a mask"}) == "");
  CHECK(refused(folder.change("in.png", {"--strength", "0.5"}, repainter), 1,
                {"is an inpainting model"}) == "");
  CHECK(folder.change("in.png", {"--mask", "white.png"}, repainter).status == 0);
}

TEST_CASE("cli: fractions of the refiner lie between 0 and 1 and leave it a step") {
  const Images folder;
  const auto refuses = [&](const std::vector<std::string>& more, int status,
                           const std::string& said) {
    CAPTURE(said);
    CHECK(refused(folder.generate(more), status, {said}) == "");
  };
  const std::string refiner = model("refiner_f16");
  refuses({"--refiner", refiner, "--high-noise-fraction", "1"}, 2,
          "--high-noise-fraction: expected a number between 0 and 1, got 1");
  refuses({"--refiner", refiner, "--high-noise-fraction", "-0.2"}, 2, "between 0 and 1, got -0.2");
  refuses({"--refiner", refiner, "--refine-strength", "0"}, 2, "between 0 and 1, got 0");
  refuses({"--refiner", refiner, "--refine-strength", "0.3"}, 2,
          "--refine-strength: 0.3 of 2 steps is less than one step; expected at least 0.5");
  refuses({"--refine-strength", "0.5"}, 2, "--refine-strength needs --refiner PATH");
  refuses({"--high-noise-fraction", "0.5"}, 2, "--high-noise-fraction needs --refiner PATH");
  refuses({"--refiner", refiner, "--high-noise-fraction", "0.5", "--refine-strength", "0.5"}, 2,
          "exclude each other");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "sdxl.png"));
  CHECK(folder.generate({"--refiner", refiner, "--refine-strength", "0.5"}).status == 0);
  CHECK(folder.generate({"--refiner", refiner, "--high-noise-fraction", "0.5"}).status == 0);
  CHECK(folder
            .change("in.png",
                    {"--refiner", refiner, "--refine-strength", "0.5", "--mask", "white.png"})
            .status == 0);
}

TEST_CASE("cli: the high-resolution fix draws a larger image over a finished one") {
  const Images folder;
  CHECK(folder.generate({"--hires-scale", "1.5", "--save-latents", "latents"}).status == 0);
  CHECK(tensor::read_image(folder.path() / "sdxl.png").height == 96);
  CHECK(tensor::io::SafetensorsFile(folder.path() / "latents").shape("latents") ==
        tensor::Shape{1, 4, 12, 12});
  CHECK(folder.change("in.png", {"--strength", "0.5", "--hires-scale", "2", "--images", "2"})
            .status == 0);
  const Image second = tensor::read_image(folder.path() / "sdxl.1.png");
  CHECK(second.height == 48);
  CHECK(second.width == 64);
  CHECK(folder
            .generate({"--hires-scale", "1.5", "--hires-strength", "0.9", "--refiner",
                       model("refiner_f16"), "--refine-strength", "0.5"})
            .status == 0);
  const auto refuses = [&](const std::vector<std::string>& more, int status,
                           const std::string& said) {
    CAPTURE(said);
    CHECK(refused(folder.generate(more), status, {said}) == "");
  };
  refuses({"--hires-scale", "1"}, 2, "--hires-scale: expected a number above 1, at most 8, got 1");
  refuses({"--hires-scale", "nan"}, 2, "expected a number above 1");
  refuses({"--hires-strength", "0.5"}, 2, "--hires-strength needs --hires-scale F");
  refuses({"--hires-scale", "2", "--hires-strength", "0.4"}, 2,
          "--hires-strength: 0.4 of 2 steps is less than one step; expected at least 0.5");
  refuses({"--hires-scale", "2", "--denoising-end", "0.5"}, 2, "expected no --denoising-end");
  refuses({"--hires-scale", "2", "--refiner", "model"}, 2, "expected --refine-strength");
  CHECK(refused(folder.change("in.png", {"--mask", "white.png", "--hires-scale", "2"}), 2,
                {"expected no --mask"}) == "");
}

TEST_CASE("cli: an image is made from files whose names are not UTF-8") {
  const ModelFolder folder;
  tensor::write_png(folder.path() / "in\xff.png", {16, 16, std::vector<uint8_t>(16 * 16 * 3, 9)});
  const support::Outcome outcome = folder.generate({"--image", "in\xff.png", "--strength", "0.9"});
  CHECK(outcome.status == 0);
  const support::Outcome info = support::run_program(folder.path(), {"info", "sdxl.png"});
  CHECK(info.status == 0);
  CHECK(info.out.find("--image 'in\xef\xbf\xbd.png'") != std::string::npos);  // U+FFFD
}
