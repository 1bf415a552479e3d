#include <doctest/doctest.h>

#include <fstream>

#include "nn/observe/compare.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::last_line;
using support::ModelFolder;
using support::Outcome;
using support::read_bytes;
using support::refused;
using support::run_in_shell;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny model that the goldens' adapters are for.
class AdapterFolder : public support::ScratchFolder {
 public:
  AdapterFolder() {
    std::filesystem::copy(support::test_file("goldens/models/three_levels_f32"), path() / "model",
                          std::filesystem::copy_options::recursive);
    for (const char* name : {"kohya", "dora", "diffusers"}) {
      const std::string file = std::string(name) + ".safetensors";
      std::filesystem::copy(support::test_file("goldens/adapters/" + file), path() / file);
    }
  }
  Outcome run(const Arguments& arguments) const { return support::run_program(path(), arguments); }
  Outcome generate(const Arguments& more, const std::string& model = "model") const {
    Arguments arguments = {"generate", "--model", model,     "--prompt", "a star",
                           "--seed",   "7",       "--steps", "2",        "--height",
                           "40",       "--width", "56",      "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  Tensor latents(Arguments more, const std::string& model = "model") const {
    more.insert(more.end(), {"--save-latents", "latents"});
    const Outcome outcome = generate(more, model);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(path() / "latents").tensor("latents");
  }
};

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const std::string to_q = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";

}  // namespace

TEST_CASE("cli: --lora moves the latents, of scale 0 no bit, and its layers have paths") {
  const AdapterFolder folder;
  const Tensor plain = folder.latents({});
  const Tensor adapted = folder.latents(
      {"--lora", "kohya.safetensors:0.7", "--trace", "t", "--trace-paths", to_q + "*"});
  CHECK(moved(adapted, plain) > 1e-3);
  CHECK(moved(folder.latents({"--lora", "kohya.safetensors:0"}), plain) == 0.0);
  CHECK(moved(folder.latents({"--lora", "kohya.safetensors"}), adapted) > 1e-3);
  const SafetensorsFile trace(folder.path() / "t");
  for (const char* end : {"", ".base_layer", ".lora_A.default", ".lora_B.default"}) {
    CHECK(trace.contains(to_q + end));
  }

  // A knob on the LoRA's own layers is a scale for one part of the network.
  const Arguments muted = {"--lora", "kohya.safetensors:0.7", "--mute", "*.lora_B.default"};
  CHECK(moved(folder.latents(muted), plain) == 0.0);
}

TEST_CASE("cli: info shows the adapters of an image and its command makes the same bytes") {
  const AdapterFolder folder;
  CHECK(folder
            .generate({"--output", "a.png", "--lora", "kohya.safetensors:0.7", "--lora",
                       "dora.safetensors"})
            .status == 0);
  const Outcome outcome = folder.run({"info", "a.png"});
  CHECK(outcome.out.find("\nlora: kohya.safetensors:0.7\nlora: dora.safetensors\n") !=
        std::string::npos);
  CHECK(run_in_shell(folder.path(), last_line(outcome.out)) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "a.png"));
}

TEST_CASE("cli: lora merge writes a model that draws what the adapter beside the layers draws") {
  const AdapterFolder folder;
  const Arguments adapters = {"--lora", "kohya.safetensors:0.7", "--lora", "dora.safetensors"};
  Arguments merge = {"lora", "merge", "--model", "model", "--output", "merged"};
  merge.insert(merge.end(), adapters.begin(), adapters.end());
  const Outcome outcome = folder.run(merge);
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(
      outcome.out.find("unet: 17 layers merged, merged/unet/diffusion_pytorch_model.safetensors") !=
      std::string::npos);
  CHECK(moved(folder.latents({}, "merged"), folder.latents(adapters)) < 1e-4);
  CHECK(!std::filesystem::exists(folder.path() / "merged.partial"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "model")) {
    const auto path = std::filesystem::relative(entry.path(), folder.path() / "model");
    CHECK_MESSAGE(std::filesystem::exists(folder.path() / "merged" / path), path.string());
  }

  CHECK(refused(folder.run(merge), 1, {"merged: is there already; expected a new folder"}) == "");
  merge[5] = "other";
  merge[3] = "kohya.safetensors";
  CHECK(refused(folder.run(merge), 1, {"is a file; expected a diffusers folder"}) == "");
  merge[3] = "model";
  merge.insert(merge.end(), {"--lora", "absent.safetensors"});
  CHECK(refused(folder.run(merge), 1, {"absent.safetensors"}) == "");
  CHECK(!std::filesystem::exists(folder.path() / "other"));
  CHECK(refused(folder.run({"lora", "merge", "--output", "x"}), 2, {"--lora is required"}) == "");
}

TEST_CASE("cli: parity works with adapters on") {
  const AdapterFolder folder;
  std::filesystem::copy(support::golden_path("lora_parity_dump"), folder.path() / "dump");
  const Arguments parity = {"parity", "dump", "--model", "model"};
  const auto with = [&](const Arguments& more) {
    Arguments arguments = parity;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folder.run(arguments);
  };
  const Outcome outcome = with({"--lora", "kohya.safetensors:0.7", "--lora", "dora.safetensors"});
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("unet: all 75 modules agree") != std::string::npos);
  const Outcome other = with({"--lora", "kohya.safetensors:0.6", "--lora", "dora.safetensors"});
  CHECK(other.status == 1);
  CHECK(other.out.find("also at " + to_q + ": wrong arithmetic") != std::string::npos);
  CHECK(with({}).status == 1);
}

TEST_CASE("cli: adapters that fit nothing are refused before the first step") {
  const AdapterFolder folder;
  const auto refuses = [&](const std::string& file, const std::string& said) {
    return refused(folder.generate({"--lora", file}), 1, {said});
  };
  CHECK(refuses("absent.safetensors:0.5", "absent.safetensors") == "");
  CHECK(refuses("model", "is a folder without pytorch_lora_weights.safetensors") == "");
  CHECK(refuses("model/unet/diffusion_pytorch_model.safetensors",
                "holds a model, or a part of one; expected an adapter") == "");
  const Outcome trace =
      folder.run({"trace", "--component", "unet", "--example-inputs", "in", "--model", "model"});
  CHECK(trace.status == 0);
  CHECK(folder
            .run({"trace", "--component", "unet", "--inputs", "in", "--output", "out", "--model",
                  "model", "--lora", "kohya.safetensors"})
            .status == 0);
  CHECK(SafetensorsFile(folder.path() / "out").contains(to_q + ".base_layer"));
}

TEST_CASE("cli: strip, attention, ablate and sweep run with adapters on") {
  const AdapterFolder folder;
  const auto run = [&](Arguments command, const Arguments& more) {
    command.insert(command.end(), {"--model", "model", "--prompt", "a star", "--seed", "7",
                                   "--steps", "2", "--height", "40", "--width", "56", "--quiet"});
    command.insert(command.end(), more.begin(), more.end());
    const Outcome outcome = folder.run(command);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return outcome;
  };
  const auto tensor = [&](const std::string& file, const std::string& name) {
    return SafetensorsFile(folder.path() / file).tensor(name);
  };
  const Arguments none = {}, lora = {"--lora", "kohya.safetensors:0.7"};
  run({"strip", "--tensors", "strip"}, lora);
  CHECK(moved(tensor("strip", "latents.1"), folder.latents(lora)) == 0.0);

  run({"attention", "--tensors", "with"}, lora);
  run({"attention", "--tensors", "without"}, none);
  CHECK(moved(tensor("with", "maps.all"), tensor("without", "maps.all")) > 1e-4);

  const Arguments ablate = {"ablate", "--paths", "unet.mid_block.*", "--json"};
  CHECK(run(ablate, lora).out != run(ablate, none).out);

  run({"sweep", "--vary", "steps=1,2", "--output", "with.png"}, lora);
  run({"sweep", "--vary", "steps=1,2", "--output", "without.png"}, none);
  CHECK(read_bytes(folder.path() / "with.png") != read_bytes(folder.path() / "without.png"));
}
