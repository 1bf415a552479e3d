#include <doctest/doctest.h>

#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using support::run_program;

namespace {

/// `schedule` with these arguments.
Outcome schedule(const ModelFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"schedule", "--model", "model"});
  return run_program(folder.path(), arguments);
}

std::vector<float> timesteps(const ModelFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--tensors", "levels.safetensors"});
  const Outcome outcome = schedule(folder, arguments);
  CHECK(outcome.err == "");
  REQUIRE(outcome.status == 0);
  const tensor::io::SafetensorsFile file(folder.path() / "levels.safetensors");
  const tensor::Tensor t = file.tensor("timesteps");
  return {t.data(), t.data() + t.size()};
}

}  // namespace

TEST_CASE("cli: timesteps and noise levels can be given, as numbers and by name") {
  const ModelFolder folder;
  CHECK(timesteps(folder, {"--scheduler", "euler", "--timesteps", "900,500.5,0"}) ==
        std::vector<float>{900, 500.5, 0});
  const std::vector<float> aligned = {999, 845, 730, 587, 443, 310, 193, 116, 53, 13};
  CHECK(timesteps(folder, {"--scheduler", "dpmpp-2m", "--timesteps", "ays"}) == aligned);
  CHECK(timesteps(folder, {"--scheduler", "lcm", "--timesteps", "ays", "--steps", "10"}) ==
        aligned);
  CHECK(timesteps(folder, {"--scheduler", "euler", "--timesteps", "ays-sd15"})[1] == 850);
  CHECK(timesteps(folder, {"--scheduler", "euler", "--sigmas", "ays"}).size() == 10);
  CHECK(timesteps(folder, {"--scheduler", "euler", "--sigmas", "14,3,0.5"}).size() == 2);
  CHECK(timesteps(folder, {"--scheduler", "heun", "--timesteps", "900,10"}) ==
        std::vector<float>{900, 10, 10});
}

TEST_CASE("cli: given schedules that can't be run are refused") {
  const ModelFolder folder;
  const auto refuses = [&](const std::vector<std::string>& arguments, int status,
                           const std::string& said) {
    CAPTURE(said);
    CHECK(refused(schedule(folder, arguments), status, {said}) == "");
  };
  refuses({"--timesteps", "9,x"}, 2, "--timesteps: expected numbers with commas between");
  refuses({"--timesteps", ""}, 2, "--timesteps: expected numbers with commas between");
  refuses({"--timesteps", "9,nan"}, 2, "--timesteps: expected numbers with commas between");
  refuses({"--sigmas", "inf,0"}, 2, "--sigmas: expected numbers with commas between");
  refuses({"--timesteps", "9,2", "--sigmas", "1,0"}, 2, "excludes");
  refuses({"--timesteps", "2,9", "--scheduler", "euler"}, 1,
          "timesteps: expected each to be less than the one before, got 9 after 2");
  refuses({"--timesteps", "1000", "--scheduler", "euler"}, 1, "numbers from 0 to 999, got 1000");
  refuses({"--timesteps", "9", "--scheduler", "unipc"}, 1, "this scheduler chooses its own");
  refuses({"--sigmas", "9,0", "--scheduler", "ddim"}, 1, "this scheduler chooses its own");
}

TEST_CASE("cli: a given schedule draws, also a part of it, and before any work it is checked") {
  const ModelFolder folder;
  const auto latents = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"generate", "--model", "model", "--prompt", "x", "--seed",
                                         "7", "--scheduler", "euler", "--quiet", "--height", "16",
                                         "--width", "16", "--save-latents", "x.safetensors"});
    const Outcome outcome = run_program(folder.path(), arguments);
    CHECK(outcome.err == "");
    return support::read_bytes(folder.path() / "x.safetensors");
  };
  const std::string whole = latents({"--timesteps", "900,500,100"});
  CHECK(whole != latents({"--steps", "3"}));
  CHECK(whole != latents({"--timesteps", "900,500,100", "--denoising-end", "0.5"}));
  CHECK(latents({"--timesteps", "900,500", "--denoising-end", "0.2"}) ==
        latents({"--timesteps", "900,500,100", "--denoising-end", "0.2"}));
  CHECK(refused(folder.generate({"--scheduler", "unipc", "--timesteps", "9,1", "--quiet"}), 1,
                {"this scheduler chooses its own"}) == "");
}

TEST_CASE("cli: a scheduler that isn't built is named, and unknown fields are a note") {
  const ModelFolder folder;
  const std::string path = "model/scheduler/scheduler_config.json";
  const std::string index = support::read_bytes(folder.model("model_index.json"));
  const auto list_class = [&](const std::string& name) {  // it counts more than the config's own
    const std::string euler = "EulerDiscreteScheduler";
    std::string other = index;
    other.replace(other.find(euler), euler.size(), name);
    folder.write("model/model_index.json", other);
  };
  list_class("FlowMatchEulerDiscreteScheduler");
  folder.write(path, R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0,
                         "base_image_seq_len": 256, "use_dynamic_shifting": true})");
  for (const std::string name : {"", "euler"}) {
    std::vector<std::string> arguments;
    if (!name.empty()) arguments = {"--scheduler", name};
    CHECK(refused(schedule(folder, arguments), 1,
                  {"FlowMatchEulerDiscreteScheduler is not built here; those that are: ddpm, "}) ==
          "");
  }
  list_class("EulerDiscreteScheduler");
  folder.write(path, R"({"_class_name": "EulerDiscreteScheduler", "my_own": 3.0})");
  const Outcome outcome = schedule(folder, {"--steps", "2"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("note: ") != std::string::npos);
  CHECK(outcome.err.find("fields that no scheduler has, without effect: my_own") !=
        std::string::npos);
  CHECK(schedule(folder, {"--timesteps", "9,2", "--steps", "3"})
            .err.find("--steps 3 has no effect: these --timesteps are 2 steps") !=
        std::string::npos);
  CHECK(schedule(folder, {"--sigmas", "3,1,0", "--steps", "2"}).err.find("no effect") ==
        std::string::npos);
  list_class("EDMDPMSolverMultistepScheduler");
  folder.write(path, R"({"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_data": 0.5,
                         "rho": 7.0, "sigma_min": 0.002, "sigma_max": 80.0})");
  CHECK(schedule(folder, {"--steps", "2"}).err == "");
  CHECK(schedule(folder, {"--steps", "2", "--scheduler", "euler"}).err.find("edm-dpmpp-2m") !=
        std::string::npos);
}
