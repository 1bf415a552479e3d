#include <doctest/doctest.h>

#include <algorithm>

#include "nn/observe/compare.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

Outcome generate(const ModelFolder& folder, Arguments more) {
  more.insert(more.end(), {"--quiet", "--trace", "run"});
  return folder.generate(more);
}

Outcome trace(const ModelFolder& folder, const std::string& component, const Arguments& more) {
  Arguments arguments = {"trace", "--model", "model", "--component", component};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

bool are_same_bits(const tensor::Tensor& a, const tensor::Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

}  // namespace

TEST_CASE("cli: a trace of several steps has their numbers in front and the others have none") {
  const ModelFolder folder;
  const Arguments paths = {"--trace-components",  "all",
                           "--trace-paths",       "unet.conv_in",
                           "vae.decoder.conv_in", "text_encoder.text_model.encoder.layers.0"};
  const auto names = [&](const std::string& steps) {
    Arguments more = {"--steps", "4", "--negative-prompt", "a moon", "--trace-step", steps};
    more.insert(more.end(), paths.begin(), paths.end());
    CHECK(generate(folder, more).status == 0);
    return SafetensorsFile(folder.path() / "run").names();
  };
  const std::vector<std::string> others = {"text_encoder.text_model.encoder.layers.0",
                                           "vae.decoder.conv_in"};
  const auto and_steps = [&](const std::vector<std::string>& steps) {
    std::vector<std::string> all = others;
    for (const std::string& step : steps) all.push_back(step + "unet.conv_in");
    return all;
  };
  CHECK(names("2") == and_steps({""}));
  CHECK(names("0,2:4") == and_steps({"step.0/", "step.2/", "step.3/"}));
  CHECK(names("all") == and_steps({"step.0/", "step.1/", "step.2/", "step.3/"}));
  const SafetensorsFile file(folder.path() / "run");
  CHECK(file.shape("text_encoder.text_model.encoder.layers.0").dim(0) == 2);  // both prompts
  CHECK(refused(generate(folder, {"--trace-step", "0:3"}), 2,
                {"--trace-step: expected 0 to 1 with 2 steps, got 2"}) == "");
  CHECK(refused(generate(folder, {"--trace-step", "1-2"}), 2, {"expected steps such as"}) == "");
  CHECK(refused(generate(folder, {"--vae-tiling", "--trace-components", "vae"}), 1,
                {"with --vae-tiling the autoencoder runs at several sizes"}) == "");
  CHECK(refused(generate(folder, {"--trace-paths", "vae.decoder.conv_in"}), 1,
                {"vae.decoder.conv_in is of another component"}) == "");
  CHECK(refused(folder.generate({"--trace-inputs"}), 2, {"needs --trace FILE"}) == "");
}

TEST_CASE("cli: a trace with inputs runs every component again to the same bits") {
  const ModelFolder folder;
  CHECK(generate(folder, {"--trace-step", "1", "--trace-inputs", "--trace-components", "all"})
            .status == 0);
  const SafetensorsFile run(folder.path() / "run");
  for (const std::string component : {"text_encoder", "text_encoder_2", "unet", "vae_decoder"}) {
    CAPTURE(component);
    const Outcome outcome = trace(folder, component, {"--inputs", "run", "--output", "again"});
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    const SafetensorsFile again(folder.path() / "again");
    int compared = 0;
    for (const std::string& name : again.names()) {
      if (!run.contains(name)) continue;
      ++compared;
      // The program ran the two prompts one by one.
      const double relative = nn::difference(name, again.tensor(name), run.tensor(name)).relative;
      CHECK_MESSAGE(relative < (component.starts_with("text") ? 1e-6 : 1e-30), name);
    }
    CHECK(compared > 10);
  }
  CHECK(refused(trace(folder, "vae_encoder", {"--inputs", "run", "--output", "again"}), 1,
                {"expected a tensor sample, got", "it is inputs/vae.encoder/x"}) == "");
}

TEST_CASE("cli: a step of a trace of several steps is chosen by its number") {
  const ModelFolder folder;
  CHECK(generate(folder, {"--trace-step", "all", "--trace-inputs"}).status == 0);
  const Arguments files = {"--inputs", "run", "--output", "again"};
  Arguments second = files;
  second.insert(second.end(), {"--step", "1"});
  CHECK(trace(folder, "unet", second).status == 0);
  CHECK(are_same_bits(SafetensorsFile(folder.path() / "again").tensor("sample"),
                      SafetensorsFile(folder.path() / "run").tensor("step.1/unet")));
  CHECK(refused(trace(folder, "unet", files), 1, {"expected --step with one of 0, 1"}) == "");
  second.back() = "5";
  CHECK(refused(trace(folder, "unet", second), 1, {"with one of 0, 1, got --step 5"}) == "");
}

TEST_CASE("cli: trace writes example inputs of every component that it then runs on") {
  const ModelFolder folder;
  for (const std::string component :
       {"text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder"}) {
    CAPTURE(component);
    const Outcome written = trace(folder, component, {"--example-inputs", "in"});
    CHECK_MESSAGE(written.status == 0, written.err);
    CHECK(!written.out.empty());
    const Outcome outcome =
        trace(folder, component, {"--inputs", "in", "--output", "out", "--trace-inputs"});
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
  }
  CHECK(trace(folder, "unet", {"--example-inputs", "in"}).out.starts_with("sample (1, 4, "));
  CHECK(refused(trace(folder, "unet", {"--inputs", "in"}), 2, {"--output FILE"}) == "");
  CHECK(refused(trace(folder, "unet", {"--example-inputs", "in", "--output", "x"}), 2,
                {"--example-inputs FILE alone"}) == "");
  CHECK(refused(trace(folder, "unet", {"--example-inputs", "no/in"}), 1, {"no/in"}) == "");
}

TEST_CASE("cli: a traced component has the knobs of a run") {
  const ModelFolder folder;
  CHECK(trace(folder, "unet", {"--example-inputs", "in"}).status == 0);
  const auto result = [&](const Arguments& more) {
    Arguments arguments = {"--inputs", "in", "--output", "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = trace(folder, "unet", arguments);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(folder.path() / "out").tensor("sample");
  };
  const tensor::Tensor plain = result({});
  CHECK(are_same_bits(result({"--scale", "*=1"}), plain));
  CHECK_FALSE(are_same_bits(result({"--mute", "unet.mid_block"}), plain));
  CHECK_FALSE(are_same_bits(result({"--mute-skip", "3"}), plain));
  CHECK(are_same_bits(result({"--swap-context", "*=a large yellow star on a blue background"}),
                      plain));
  CHECK_FALSE(are_same_bits(result({"--swap-context", "*=a moon"}), plain));
  CHECK(refused(trace(folder, "vae_decoder",
                      {"--inputs", "in", "--output", "out", "--mute", "unet.mid_block"}),
                1, {"--mute: no module's path is like unet.mid_block"}) == "");
}
