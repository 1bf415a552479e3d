#include <doctest/doctest.h>

#include <algorithm>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

/// Values of both signs, all different.
Tensor waves(const tensor::Shape& shape) {
  Tensor x = Tensor::uninitialized(shape);
  float* data = x.mutable_data();
  for (int64_t i = 0; i < x.size(); ++i) data[i] = static_cast<float>(i * 37 % 101) / 50.0f - 1.0f;
  return x;
}

Outcome trace(const ModelFolder& folder, const std::string& component, const NamedTensors& inputs,
              const std::string& output) {
  tensor::io::write_safetensors(folder.path() / "inputs", inputs);
  return support::run_program(folder.path(), {"trace", "--model", "model", "--component", component,
                                              "--inputs", "inputs", "--output", output});
}

NamedTensors unet_inputs() {
  return {{"sample", waves({2, 4, 7, 8})},
          {"timestep", Tensor::full({1}, 501.0f)},
          {"encoder_hidden_states", waves({2, 5, 16})},
          {"text_embeds", waves({2, 6})},
          {"time_ids", waves({2, 6})}};
}

}  // namespace

TEST_CASE("cli: a trace agrees with itself and not with one of other inputs") {
  const ModelFolder folder;
  const auto compare = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"compare", "ours", "theirs"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return support::run_program(folder.path(), arguments);
  };
  NamedTensors inputs = unet_inputs();
  CHECK(trace(folder, "unet", inputs, "ours").status == 0);
  CHECK(trace(folder, "unet", inputs, "theirs").status == 0);
  Outcome outcome = compare({});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.find("paths agree within 1e-05") != std::string::npos);

  inputs[2].second = 1.001f * inputs[2].second;  // the text, which enters at the first attention
  CHECK(trace(folder, "unet", inputs, "theirs").status == 0);
  outcome = compare({});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.starts_with("sdxl: first divergence at unet.down_blocks.0.attentions.0"));
  CHECK(outcome.err.find(".attn2.to_k: ") != std::string::npos);
  CHECK(compare({"--limit", "1"}).status == 0);
}

TEST_CASE("cli: every component of a model can be traced") {
  const ModelFolder folder;
  const auto holds = [&](const std::string& component, const NamedTensors& inputs,
                         const std::vector<std::string>& names) {
    CAPTURE(component);
    CHECK(trace(folder, component, inputs, "outputs").status == 0);
    const tensor::io::SafetensorsFile file(folder.path() / "outputs");
    for (const std::string& name : names) CHECK_MESSAGE(file.contains(name), name);
  };
  const NamedTensors ids = {{"input_ids", Tensor::from({1, 4}, {639, 5, 9, 640})}};
  holds("unet", unet_inputs(), {"unet.conv_in", "unet.up_blocks.2", "sample"});
  holds("text_encoder", ids,
        {"text_encoder.text_model.encoder.layers.0", "hidden_states.2", "pooler_output"});
  holds("text_encoder_2", ids,
        {"text_encoder_2.text_model.encoder.layers.0", "hidden_states.3", "text_embeds"});
  holds("vae_encoder", {{"sample", waves({1, 3, 16, 24})}}, {"vae.encoder.conv_in", "moments"});
  holds("vae_decoder", {{"sample", waves({1, 4, 2, 3})}}, {"vae.decoder.conv_in", "sample"});
}

TEST_CASE("cli: inputs of a trace that are missing or of another shape or not there") {
  const ModelFolder folder;
  NamedTensors inputs = unet_inputs();
  inputs.pop_back();
  CHECK(refused(trace(folder, "unet", inputs, "outputs"), 1,
                {"expected a tensor time_ids, got sample"}) == "");
  inputs = unet_inputs();
  inputs[0].second = waves({2, 9, 8, 8});
  CHECK(refused(trace(folder, "unet", inputs, "outputs"), 1,
                {"expects sample (N, 4, H, W), got (2, 9, 8, 8)"}) == "");
  CHECK(refused(trace(folder, "text_encoder", {{"input_ids", waves({1, 3})}}, "outputs"), 1,
                {"ids"}) == "");
  CHECK(refused(trace(folder, "text_encoder", {{"input_ids", waves({3})}}, "outputs"), 1,
                {"input_ids", "(3,)"}) == "");
  CHECK(refused(trace(folder, "lungs", {}, "outputs"), 2, {"--component", "vae_decoder"}) == "");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "outputs"));
}

TEST_CASE("cli: compare takes a file of bare paths as one of the same component") {
  const ModelFolder folder;
  const Tensor x = waves({3});
  const std::string layer = "encoder.layers.0";
  tensor::io::write_safetensors(folder.path() / "ours",
                                {{"text_encoder.text_model." + layer, x}, {"pooled", x}});
  for (const std::string front : {"", "text_model.", "text_encoder.text_model."}) {
    CAPTURE(front);
    tensor::io::write_safetensors(folder.path() / "theirs", {{front + layer, x}, {"pooled", x}});
    for (const auto& [a, b] : {std::pair{"ours", "theirs"}, {"theirs", "ours"}}) {
      const Outcome outcome = support::run_program(folder.path(), {"compare", a, b});
      CHECK(outcome.status == 0);
      CHECK(outcome.out.find("\ntext_encoder.text_model." + layer) != std::string::npos);
      CHECK(outcome.out.find("all 2 paths agree") != std::string::npos);
    }
  }
}

TEST_CASE("cli: compare refuses two files without a common path") {
  const ModelFolder folder;
  tensor::io::write_safetensors(folder.path() / "a", {{"one", waves({3})}});
  tensor::io::write_safetensors(folder.path() / "b", {{"two", waves({3})}});
  const auto run = [&](const std::string& a, const std::string& b) {
    return support::run_program(folder.path(), {"compare", a, b});
  };
  CHECK(refused(run("a", "b"), 1, {"have no path in common"}) == "");
  CHECK(refused(run("a", "c"), 1, {"c: cannot be read"}) == "");
}

TEST_CASE("cli: tokenize shows the tokens for both encoders and what is cut off") {
  const ModelFolder folder;
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"tokenize", "--model", "model"});
    return support::run_program(folder.path(), words);
  };
  const Outcome outcome = run({"a", "large", "red", "star"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.starts_with("tokenizer\n   0     639  <|startoftext|>\n"));
  CHECK(outcome.out.find("\ntokenizer_2\n") != std::string::npos);
  CHECK(outcome.out.find("star</w>") != std::string::npos);
  CHECK(outcome.out.find("cut off") == std::string::npos);
  CHECK(run(std::vector<std::string>(80, "star")).out.find("cut off (5): star</w>") !=
        std::string::npos);
  CHECK(run({"[a,b]", "c"}).out.find(" [</w>\n   2     320  a</w>\n   3     267  ,</w>") !=
        std::string::npos);  // a word is taken as it stands
  const auto built_in = [&](const std::string& name) {
    return support::run_program(folder.path(), {"tokenize", "--model", name, "a", "red", "fox"});
  };
  CHECK(built_in("clip-l").out ==
        "clip-l\n   0   49406  <|startoftext|>\n   1     320  a</w>\n   2     736  red</w>\n"
        "   3    3240  fox</w>\n   4   49407  <|endoftext|>\n      and 72 more of it\n");
  CHECK(built_in("openclip-bigg")
            .out.find("   4   49407  <|endoftext|>\n   5       0  !\n      and 71 more of it\n") !=
        std::string::npos);
  CHECK(refused(run({"a", "--modell", "x"}), 2, {"not expected: --modell"}) == "");
  CHECK(refused(run({"\xc3\x28"}), 2, {"expected UTF-8"}) == "");
  CHECK(refused(run({}), 2, {"TEXT"}) == "");
}

TEST_CASE("cli: encode and decode") {
  const ModelFolder folder;
  tensor::Image image{.height = 35, .width = 50, .pixels = {}};
  for (int i = 0; i < 35 * 50 * 3; ++i) image.pixels.push_back(static_cast<uint8_t>(i * 7));
  tensor::write_png(folder.path() / "in.png", image);
  const auto run = [&](const std::string& command, const std::string& in, const std::string& out) {
    return support::run_program(folder.path(), {command, "--model", "model", in, out});
  };
  Outcome outcome = run("encode", "in.png", "latents");
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "sdxl: note: scaled from 35 x 50 to 32 x 48, multiples of 8\n");
  CHECK(tensor::io::SafetensorsFile(folder.path() / "latents").shape("latents") ==
        tensor::Shape{1, 4, 4, 6});
  outcome = run("decode", "latents", "out.png");
  CHECK(outcome.status == 0);
  CHECK(tensor::read_image(folder.path() / "out.png").width == 48);

  folder.write("text.png", "no image at all");
  tensor::write_png(folder.path() / "dot.png", {1, 1, {1, 2, 3}});
  CHECK(refused(run("encode", "text.png", "x"), 1, {"text.png"}) == "");
  CHECK(refused(run("encode", "dot.png", "x"), 1, {"1 x 1", "at least 8"}) == "");
  CHECK(refused(run("encode", "none.png", "x"), 1, {"none.png", "cannot be read"}) == "");
  CHECK(refused(run("encode", "in.png", "nowhere/x"), 1, {"there is no folder"}) == "");
  CHECK(refused(run("decode", "in.png", "x.png"), 1, {"in.png"}) == "");
  CHECK(refused(run("decode", "latents", "x.jpg"), 2, {"ends in .png"}) == "");
  tensor::io::write_safetensors(folder.path() / "odd", {{"latents", waves({1, 5, 4, 4})}});
  CHECK(refused(run("decode", "odd", "x.png"), 1, {"(1, 5, 4, 4)"}) == "");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "x"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "x.png"));
}

TEST_CASE("cli: schedule lists the steps of a scheduler and keeps them as tensors") {
  const ModelFolder folder;
  const auto schedule = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"schedule", "--model", "model"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return support::run_program(folder.path(), arguments);
  };
  const Outcome outcome = schedule({"--scheduler", "ddpm", "--steps", "5", "--tensors", "levels",
                                    "--scheduler-option", "timestep_spacing=trailing"});
  CHECK(outcome.status == 0);
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 6);
  CHECK(outcome.out.find("\n    0        999 ") != std::string::npos);
  CHECK(outcome.out.find("\n    4        199 ") != std::string::npos);
  const tensor::io::SafetensorsFile file(folder.path() / "levels");
  CHECK(file.tensor("timesteps").at({1}) == 799);
  CHECK(file.shape("alpha_bars") == tensor::Shape{1000});
  CHECK(refused(schedule({"--steps", "1001"}), 1, {"1001"}) == "");
  CHECK(refused(schedule({"--scheduler", "euler", "--eta", "1"}), 1, {"--eta is for ddim"}) == "");
  CHECK(refused(schedule({"--tensors", "a/b"}), 1, {"a/b"}) == "");
}

TEST_CASE("cli: buckets are listed and found") {
  const support::ScratchFolder folder;
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "buckets");
    return support::run_program(folder.path(), words);
  };
  const std::string table = run({}).out;
  CHECK(std::count(table.begin(), table.end(), '\n') == 41);
  CHECK(table.find("\n  1152    896            1.29  144 x 112\n") != std::string::npos);
  CHECK(run({"--height", "3000", "--width", "4000"}).out ==
        "image  3000 x 4000, height first\n"
        "bucket   896 x 1152\n"
        "scaled   896 x 1195\n"
        "cut off  0 rows and 43 columns: crop-top 0, crop-left 0 to 43\n");
  CHECK(refused(run({"--height", "3000"}), 2, {"--height requires --width"}) == "");
  CHECK(refused(run({"--height", "0", "--width", "3"}), 2, {"expected a whole number from 1"}) ==
        "");
}

TEST_CASE("cli: reconstruct refuses what is too small or no image") {
  const ModelFolder folder;
  folder.write("text.png", "no image at all");
  tensor::write_png(folder.path() / "dot.png", {1, 1, {1, 2, 3}});
  const auto run = [&](const std::string& image) {
    return support::run_program(folder.path(), {"reconstruct", "--model", "model", image});
  };
  CHECK(refused(run("text.png"), 1, {"text.png"}) == "");
  CHECK(refused(run("dot.png"), 1, {"1 x 1"}) == "");
}
