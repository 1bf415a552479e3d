#include <doctest/doctest.h>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;

// Models in other forms than a diffusers folder of SDXL, as the program is given them.

namespace {

namespace fs = std::filesystem;

std::string model(const std::string& name) {
  return (support::golden_path("").parent_path() / "models" / name).string();
}

Outcome generate(const support::ScratchFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"generate", "--prompt", "a star", "--height",
                                        "40",       "--width",  "32",     "--seed",
                                        "7",        "--steps",  "2",      "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

}  // namespace

TEST_CASE("cli: a single file draws the image of its folder") {
  const support::ScratchFolder scratch;
  const std::string folder = model("every_level_bf16");
  fs::copy_file(model("single_file_base.safetensors"), scratch.path() / "any name");
  CHECK(generate(scratch, {"--model", folder, "--output", "folder.png"}).status == 0);
  const Outcome outcome =
      generate(scratch, {"--model", "any name", "--config", folder, "--output", "file.png"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "");
  CHECK(tensor::read_image(scratch.path() / "file.png").pixels ==
        tensor::read_image(scratch.path() / "folder.png").pixels);

  // Without the config it is expected to have the published sizes.
  CHECK(refused(generate(scratch, {"--model", "any name"}), 1, {"any name", "wrong shape"}) == "");
  CHECK(refused(generate(scratch, {"--model", folder, "--config", folder}), 1,
                {"a diffusers folder has configs of its own"}) == "");
}

TEST_CASE("cli: Stable Diffusion 1 is drawn by its own scheduler, PNDM") {
  const support::ScratchFolder scratch;
  const auto draw = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"generate", "--model", model("sd_1_f32"), "--prompt", "a star",
                                 "--steps", "2", "--seed", "7"});
    return support::run_program(scratch.path(), words);
  };
  const auto pixels = [&](const std::string& name) {
    return tensor::read_image(scratch.path() / name).pixels;
  };
  const Outcome outcome = draw({"--output", "own.png"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("note") == std::string::npos);
  CHECK(draw({"--scheduler", "pndm", "--output", "pndm.png"}).status == 0);
  CHECK(draw({"--scheduler", "ddim", "--output", "ddim.png"}).status == 0);
  CHECK(pixels("own.png") == pixels("pndm.png"));
  CHECK(pixels("own.png") != pixels("ddim.png"));
}

TEST_CASE("cli: another autoencoder decodes the same latents") {
  const support::ScratchFolder scratch;
  const std::string base = model("three_levels_f32");
  const auto draw = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"--model", base, "--output", name + ".png", "--save-latents", name});
    return generate(scratch, more);
  };
  CHECK(draw("own", {}).status == 0);
  CHECK(draw("tiny", {"--vae", model("vae_tiny"), "--preview", "steps"}).status == 0);
  CHECK(support::read_bytes(scratch.path() / "own") ==
        support::read_bytes(scratch.path() / "tiny"));
  const auto tiny = tensor::read_image(scratch.path() / "tiny.png").pixels;
  CHECK(tiny != tensor::read_image(scratch.path() / "own.png").pixels);
  CHECK(fs::exists(scratch.path() / "steps" / "step.001.png"));

  const auto decode = [&](const std::string& vae) {
    return support::run_program(scratch.path(),
                                {"decode", "--model", base, "--vae", vae, "own", "decoded.png"});
  };
  CHECK(decode(model("vae_tiny")).status == 0);
  CHECK(tensor::read_image(scratch.path() / "decoded.png").pixels == tiny);
  CHECK(draw("own", {"--vae", base}).status == 0);  // that of a model's folder: its own
  CHECK(refused(decode(model("single_file_base.safetensors")), 1,
                {"single_file_base.safetensors", "does not fit AutoencoderKL"}) == "");
  CHECK(refused(draw("x", {"--vae", "nowhere"}), 1, {"nowhere", "no such file"}) == "");
  CHECK(refused(draw("x", {"--vae", model("vae_tiny"), "--vae-tiling"}), 1,
                {"--vae-tiling", "tiny"}) == "");
}

TEST_CASE("cli: a LoRA in place of a model is refused with its kind") {
  const support::ScratchFolder scratch;
  tensor::io::write_safetensors(scratch.path() / "model.safetensors",
                                {{"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight",
                                  tensor::Tensor::zeros({1, 1})}});
  CHECK(refused(generate(scratch, {"--model", "model.safetensors"}), 1,
                {"model.safetensors: holds a LoRA", "expected a whole checkpoint"}) == "");
  CHECK(support::names_in(scratch.path()) == std::vector<std::string>{"model.safetensors"});
}

TEST_CASE("cli: parts from elsewhere are recorded in the image and make it again") {
  const support::ModelCopy copy("every_level_bf16");
  const std::string own = model("every_level_bf16");
  fs::remove_all(copy.folder() / "vae");
  fs::remove_all(copy.folder() / "tokenizer_2");
  fs::remove_all(copy.folder() / "scheduler");
  const auto run = [&](std::vector<std::string> words) {
    return support::run_program(copy.path(), words);
  };
  CHECK(refused(run({"generate", "--model", "model", "--prompt", "x"}), 1, {"vae: the folder"}) ==
        "");
  const std::vector<std::string> parts = {
      "--vae", own + "/vae",         "--unet", own + "/unet", "--tokenizer-2",
      own,     "--scheduler-config", own};
  const auto draw = [&](const std::string& folder, const std::string& image,
                        const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--model", folder, "--output", image};
    words.insert(words.end(), more.begin(), more.end());
    return generate(copy, words);
  };
  CHECK(draw("model", "parts.png", parts).status == 0);
  CHECK(draw(own, "own.png", {}).status == 0);
  CHECK(tensor::read_image(copy.path() / "parts.png").pixels ==
        tensor::read_image(copy.path() / "own.png").pixels);
  const Outcome info = run({"info", "parts.png"});
  for (const std::string said :
       {"--unet ", "--tokenizer-2 ", "--scheduler-config ", "unet: unet"}) {
    CHECK_MESSAGE(info.out.find(said) != std::string::npos, said);
  }

  CHECK(run({"encode", "--model", "model", "--vae", own, "own.png", "l.safetensors"}).status == 0);
  CHECK(run({"decode", "--model", "model", "--vae", own, "l.safetensors", "x.png"}).status == 0);
  CHECK(run({"reconstruct", "--model", "model", "--vae", own, "own.png"}).status == 0);
  CHECK(run({"tokenize", "--model", "model", "--tokenizer-2", own, "a star"}).status == 0);
  CHECK(run({"schedule", "--model", "model", "--scheduler-config", own}).status == 0);
}

TEST_CASE("cli: a tensor without a place is a note, none if quiet, and an error if strict") {
  const support::ModelCopy copy("three_levels_f32");
  copy.edit_weights("unet/diffusion_pytorch_model.safetensors",
                    [](tensor::io::NamedTensors& tensors) {
                      tensors.emplace_back("conv_in.biass", tensor::Tensor::zeros({1}));
                    });
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"generate", "--model", "model",  "--prompt", "a star",
                                      "--steps",  "1",       "--seed", "7",        "--height",
                                      "32",       "--width", "32"};
    words.insert(words.end(), more.begin(), more.end());
    return support::run_program(copy.path(), words);
  };
  const Outcome noted = run({});
  CHECK(noted.status == 0);
  const std::string note =
      "sdxl: note: model/unet/diffusion_pytorch_model.safetensors: 1 tensor has "
      "no place in UNet2DConditionModel, and is left out: conv_in.biass (did you mean "
      "conv_in.bias?)\n";
  CHECK_MESSAGE(noted.err.find(note) != std::string::npos, noted.err);
  CHECK(run({"--quiet"}).err == "");
  CHECK(refused(run({"--strict"}), 1, {"unused in file (1)", "conv_in.biass"}) == "");
}
