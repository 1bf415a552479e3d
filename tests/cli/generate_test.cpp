#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::names_in;
using support::Outcome;
using support::read_bytes;

namespace {

std::map<std::string, std::string> texts(const std::filesystem::path& image) {
  const tensor::TextChunks chunks = tensor::read_png_texts(image);
  return {chunks.begin(), chunks.end()};
}

}  // namespace

TEST_CASE("cli: generate writes an image that holds its arguments") {
  const ModelFolder folder;
  const Outcome outcome =
      folder.generate({"--output", "star.png", "--negative-prompt", "a moon", "--scheduler", "ddpm",
                       "--guidance-scale", "3.5", "--crop-top", "8"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.starts_with("seed 7\n"));
  CHECK(outcome.err.ends_with("wrote star.png\n"));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"model", "star.png"});

  const tensor::Image image = tensor::read_image(folder.path() / "star.png");
  CHECK(image.height == 64);
  CHECK(image.width == 64);
  const std::map<std::string, std::string> said = texts(folder.path() / "star.png");
  CHECK(said.at("Software").starts_with("Glassbox SDXL "));
  CHECK(said.at("model") == "model");
  CHECK(said.at("prompt") == "a large red star");
  CHECK(said.at("negative_prompt") == "a moon");
  CHECK(said.at("seed") == "7");
  CHECK(said.at("size") == "64 x 64");
  CHECK(said.at("scheduler") == "ddpm");
  CHECK(said.at("num_inference_steps") == "2");
  CHECK(said.at("guidance_scale") == "3.5");
  CHECK(said.at("crops_coords_top_left") == "8, 0");
}

TEST_CASE("cli: several images are numbered and the first is the one drawn alone") {
  const ModelFolder folder;
  CHECK(folder.generate({"--images", "2", "--quiet", "--save-latents", "two"}).status == 0);
  CHECK(names_in(folder.path()) ==
        std::vector<std::string>{"model", "sdxl.0.png", "sdxl.1.png", "two"});
  CHECK(read_bytes(folder.path() / "sdxl.0.png") != read_bytes(folder.path() / "sdxl.1.png"));
  const tensor::io::SafetensorsFile two(folder.path() / "two");
  CHECK(two.shape("latents") == tensor::Shape{2, 4, 8, 8});
}

TEST_CASE("cli: one seed gives the same bytes on one thread and on two and another seed others") {
  const ModelFolder folder;
  const auto draw = [&](const std::string& seed, const std::string& threads) {
    const Outcome outcome = folder.generate({"--seed", seed, "--threads", threads, "--quiet"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    return read_bytes(folder.path() / "sdxl.png");
  };
  const std::string first = draw("7", "1");
  CHECK(draw("7", "1") == first);
  CHECK(draw("7", "2") == first);
  CHECK(draw("-1", "2") != first);
  CHECK(draw("18446744073709551615", "2") == draw("-1", "1"));
}

TEST_CASE("cli: without a seed a random one is printed and makes the image again") {
  const ModelFolder folder;
  const Outcome outcome = support::run_program(
      folder.path(), {"generate", "--model", "model", "--prompt", "x", "--steps", "1"});
  CHECK(outcome.status == 0);
  const std::string seed = outcome.err.substr(5, outcome.err.find('\n') - 5);
  const std::string first = read_bytes(folder.path() / "sdxl.png");
  const Outcome again = support::run_program(
      folder.path(),
      {"generate", "--model", "model", "--prompt", "x", "--steps", "1", "--seed", seed, "--quiet"});
  CHECK(again.status == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == first);
}

TEST_CASE("cli: of several seeds each draws the image that it draws alone") {
  const ModelFolder folder;
  const std::vector<std::string> ddpm = {"--scheduler", "ddpm", "--quiet", "--seed"};
  const auto draw = [&](const std::string& seeds, const std::string& name) {
    std::vector<std::string> arguments = ddpm;
    arguments.push_back(seeds);
    CHECK(folder.generate(arguments).status == 0);
    return tensor::read_image(folder.path() / name).pixels;
  };
  const auto largest_difference = [](const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
    int largest = 0;
    for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
  };
  const std::vector<uint8_t> second = draw("7,-1", "sdxl.1.png");
  const std::vector<uint8_t> first = tensor::read_image(folder.path() / "sdxl.0.png").pixels;
  CHECK(texts(folder.path() / "sdxl.1.png").at("seed") == "7,18446744073709551615");
  CHECK(largest_difference(draw("7", "sdxl.png"), first) <= 1);
  CHECK(largest_difference(draw("-1", "sdxl.png"), second) <= 1);
  CHECK(largest_difference(first, second) > 10);
  CHECK(support::refused(folder.generate({"--seed", "7,8", "--images", "3"}), 2,
                         {"--seed: expected one, or one for each of 3 images, got 2"}) == "");
  CHECK(support::refused(folder.generate({"--seed", "7,,8"}), 2,
                         {"--seed: expected whole numbers from"}) == "");
}

TEST_CASE("cli: a seed of CUDA's generator draws another image and is recorded in it") {
  const ModelFolder folder;
  const auto draw = [&](const std::string& rng) {
    CHECK(folder.generate({"--rng", rng, "--quiet"}).status == 0);
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  const std::vector<uint8_t> of_cpu = draw("cpu");
  CHECK(draw("cuda") != of_cpu);
  CHECK(texts(folder.path() / "sdxl.png").at("rng") ==
        "cuda:h100 (132 multiprocessors of 2048 threads)");
  const auto of_h100 = draw("cuda");
  CHECK(draw("cuda:NVIDIA GeForce RTX 3060") == of_h100);  // a small image: all GPUs agree
  CHECK(draw("cuda:1x256") == of_h100);
  const auto second_of_two = [&](const std::string& rng) {  // 512 numbers in one draw
    CHECK(folder.generate({"--rng", rng, "--images", "2", "--quiet"}).status == 0);
    return tensor::read_image(folder.path() / "sdxl.1.png").pixels;
  };
  CHECK(second_of_two("cuda:1x256") != second_of_two("cuda"));
  CHECK(second_of_two("cuda:1x512") == second_of_two("cuda"));
  CHECK(support::refused(folder.generate({"--rng", "mps"}), 2, {"--rng", "cuda"}) == "");
  CHECK(support::refused(folder.generate({"--rng", "cuda:tpu"}), 2,
                         {"--rng", "expected a GPU's name, such as t4", "got tpu"}) == "");
}

TEST_CASE("cli: saved latents decode to the image's pixels and given latents are the noise") {
  const ModelFolder folder;
  CHECK(folder.generate({"--save-latents", "latents", "--quiet"}).status == 0);
  const Outcome decoded =
      support::run_program(folder.path(), {"decode", "--model", "model", "latents", "decoded.png"});
  CHECK(decoded.status == 0);
  CHECK(tensor::read_image(folder.path() / "decoded.png").pixels ==
        tensor::read_image(folder.path() / "sdxl.png").pixels);

  // Latents of a file stand for the seed's own: with them the seed no longer matters.
  const auto draw = [&](const std::string& seed) {
    CHECK(folder.generate({"--latents", "latents", "--seed", seed, "--quiet"}).status == 0);
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  CHECK(draw("7") == draw("8"));
  const Outcome wrong = folder.generate({"--latents", "latents", "--images", "2", "--quiet"});
  CHECK(support::refused(wrong, 1, {"(2, 4, 8, 8)", "(1, 4, 8, 8)"}) == "");
}

TEST_CASE("cli: a trace of one step has both inputs of guidance") {
  const ModelFolder folder;
  CHECK(folder.generate({"--trace", "trace", "--trace-step", "1", "--quiet"}).status == 0);
  const tensor::io::SafetensorsFile file(folder.path() / "trace");
  CHECK(file.shape("unet.conv_in") == tensor::Shape{2, 6, 8, 8});
  CHECK(file.contains("unet.mid_block.attentions.0"));
  CHECK(file.shape("unet") == tensor::Shape{2, 4, 8, 8});  // the predicted noise

  // Steps are counted through to those of the enlarged image, of 12 x 12 latents.
  CHECK(folder.generate({"--trace", "third", "--trace-step", "2", "--hires-scale", "1.5"}).status ==
        0);
  const tensor::io::SafetensorsFile third(folder.path() / "third");
  CHECK(third.shape("unet.conv_in") == tensor::Shape{2, 6, 12, 12});
  CHECK(support::refused(folder.generate({"--trace", "third", "--trace-step", "2"}), 2,
                         {"--trace-step: expected 0 to 1 with 2 steps, got 2"}) == "");
}

TEST_CASE("cli: a trace of chosen paths is small and an unknown path is refused") {
  const ModelFolder folder;
  const auto trace = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--trace", "trace", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folder.generate(arguments);
  };
  CHECK(trace({"--trace-paths", "unet.conv_in", "--trace-paths", "*.mid_block.resnets.?"}).status ==
        0);
  CHECK(tensor::io::SafetensorsFile(folder.path() / "trace").names() ==
        std::vector<std::string>{"unet.conv_in", "unet.mid_block.resnets.0",
                                 "unet.mid_block.resnets.1"});
  CHECK(support::refused(trace({"--trace-paths", "unet.mid_block.attention.0"}), 1,
                         {"unet.mid_block.attention.0", "nearest: unet.mid_block.attentions"}) ==
        "");
  CHECK(support::refused(trace({"--trace-paths", "unet.down_blocks"}), 1, {"unet.down_blocks.*"}) ==
        "");
  CHECK(support::refused(trace({"--trace-paths", "conv_in"}), 1,
                         {"like conv_in; the nearest: unet.conv_in"}) == "");
  CHECK(support::refused(folder.generate({"--trace-paths", "*"}), 2, {"--trace FILE"}) == "");
}

TEST_CASE("cli: fields of the scheduler's config can have other values") {
  const ModelFolder folder;
  const auto draw = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--quiet", "--scheduler", "euler"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = folder.generate(arguments);
    CHECK(outcome.err == "");
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  const std::vector<uint8_t> own = draw({});
  const std::vector<uint8_t> other = draw(
      {"--scheduler-option", "timestep_spacing=leading", "--scheduler-option", "steps_offset=1"});
  CHECK(own != other);
  const std::map<std::string, std::string> said = texts(folder.path() / "sdxl.png");
  CHECK(said.at("timestep_spacing") == "leading");
  CHECK(said.at("arguments").find(R"("timestep_spacing=leading","steps_offset=1")") !=
        std::string::npos);

  // As if the model's file said so.
  std::string config = read_bytes(folder.model("scheduler/scheduler_config.json"));
  const auto replace = [&config](const std::string& old, const std::string& text) {
    config.replace(config.find(old), old.size(), text);
  };
  replace("\"linspace\"", "\"leading\"");
  replace("\"steps_offset\": 0", "\"steps_offset\": 1");
  folder.write("model/scheduler/scheduler_config.json", config);
  CHECK(draw({}) == other);

  const auto refuses = [&](const std::string& option, const std::string& expected) {
    CHECK(support::refused(folder.generate({"--scheduler-option", option}), 2, {expected}) == "");
  };
  refuses("steps_ofset=1", "--scheduler-option: steps_ofset: no scheduler has such a field");
  refuses("timestep_spacing=even", "timestep_spacing: expected one of leading, trailing, linspace");
  refuses("steps_offset=-1", "steps_offset: expected a whole number from 0");
  refuses("clip_sample=yes", "clip_sample: expected true or false");
  refuses("clip_sample", "expected FIELD=VALUE, got clip_sample");
  refuses("steps_offset=null", "expected FIELD=VALUE");
  refuses("_class_name=DDIMScheduler", "expected FIELD=VALUE");
}

TEST_CASE("cli: eta makes ddim draw fresh noise and is for ddim alone") {
  const ModelFolder folder;
  const auto draw = [&](const std::string& eta) {
    CHECK(folder.generate({"--scheduler", "ddim", "--eta", eta}).status == 0);
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  const std::vector<uint8_t> none = draw("0");
  CHECK(draw("0.5") != none);
  CHECK(texts(folder.path() / "sdxl.png").at("eta") == "0.5");
  CHECK(support::refused(
            folder.generate({"--scheduler", "euler", "--eta", "0.5", "--quiet"}), 1,
            {"--eta is for ddim and tcd alone: expected --scheduler ddim or tcd, got euler"}) ==
        "");
  CHECK(support::refused(folder.generate({"--eta", "1.5"}), 2, {"from 0 to 1, got 1.5"}) == "");
}

TEST_CASE("cli: tiles change a large image a little and a small one not at all") {
  const ModelFolder folder;
  const auto draw = [&](const std::string& width, bool tiled) {
    std::vector<std::string> arguments = {"generate", "--model", "model",  "--prompt", "x",
                                          "--steps",  "1",       "--seed", "7",        "--height",
                                          "64",       "--width", width};
    if (tiled) arguments.push_back("--vae-tiling");
    CHECK(support::run_program(folder.path(), arguments).status == 0);
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  const std::vector<uint8_t> small = draw("64", false), large = draw("128", false);
  CHECK(draw("64", true) == small);
  CHECK(draw("128", true) != large);
}

TEST_CASE("cli: previews of every step show all images side by side") {
  const ModelFolder folder;
  CHECK(folder.generate({"--preview", "steps", "--images", "2"}).status == 0);
  CHECK(names_in(folder.path() / "steps") ==
        std::vector<std::string>{"step.000.png", "step.001.png"});
  const tensor::Image image = tensor::read_image(folder.path() / "steps/step.001.png");
  CHECK(image.height == 8);  // a pixel for each latent
  CHECK(image.width == 16);
  const std::string last = read_bytes(folder.path() / "steps/step.001.png");
  CHECK(last != read_bytes(folder.path() / "steps/step.000.png"));
  CHECK(support::refused(folder.generate({"--preview", "a/b", "--quiet"}), 1, {"a/b"}) == "");
}

TEST_CASE("cli: a run that stopped early continues with the same result") {
  const ModelFolder folder;
  const auto draw = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate", "--model", "model",       "--prompt",
                                          "x",        "--steps", "4",           "--seed",
                                          "7",        "--quiet", "--scheduler", "euler"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = support::run_program(folder.path(), arguments);
    CHECK(outcome.err == "");
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  const std::vector<uint8_t> whole = draw({});
  const std::vector<uint8_t> half =
      draw({"--denoising-end", "0.5", "--save-latents", "half.safetensors"});
  CHECK(half != whole);
  CHECK(draw({"--image", "half.safetensors", "--denoising-start", "0.5"}) == whole);
}

TEST_CASE("cli: a profile is a table of kernels and a trace for a browser") {
  const ModelFolder folder;
  const Outcome outcome = folder.generate({"--profile", "trace.json", "--quiet"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const std::string kernel :
       {"kernel ", "linear ", "attention ", "conv2d 3x3 ", "all kernels "}) {
    CHECK(("\n" + outcome.out).find("\n" + kernel) != std::string::npos);
  }
  CHECK(texts(folder.path() / "sdxl.png").at("arguments").find("profile") == std::string::npos);
  const auto events =
      nlohmann::json::parse(read_bytes(folder.path() / "trace.json")).at("traceEvents");
  std::map<std::string, int> count;
  for (const auto& event : events) {
    CHECK(event.at("ts").get<double>() >= 0.0);
    CHECK(event.at("dur").get<double>() >= 0.0);
    ++count[event.at("cat").get<std::string>() + " " + event.at("name").get<std::string>()];
  }
  CHECK(count["kernel attention"] > 0);
  CHECK(count["module unet.mid_block.attentions.0"] == 2);  // of two steps

  CHECK(support::refused(folder.generate({"--profile", "nowhere/trace.json"}), 1,
                         {"nowhere/trace.json"}) == "");
}
