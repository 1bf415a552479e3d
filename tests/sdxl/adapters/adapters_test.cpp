#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "nn/observe/compare.h"
#include "sdxl/adapters/adapter_file.h"
#include "sdxl/adapters/adapter_names.h"
#include "sdxl/adapters/add_adapters.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// Adapters of tests/make_goldens/lora.py on a tiny model, against what peft and diffusers compute.

using namespace sdxl;

namespace {

constexpr double limit = 1e-5;  // relative L2

std::filesystem::path adapter(const std::string& name) {
  return support::test_file("goldens/adapters/" + name + ".safetensors");
}

/// The UNet of the tiny model with adapters, on a golden's inputs.
struct Subject {
  explicit Subject(const std::string& name, const std::vector<AdapterChoice>& choices = {})
      : golden(name),
        checkpoint(open_checkpoint(support::tiny_model("three_levels_f32"))),
        unet(nn::root(), checkpoint->unet_config()) {
    checkpoint->load("unet", unet);
    add_adapters(unet, "unet", choices);
  }
  Tensor run() const {
    Conditioning cond;
    cond.context = golden.input("encoder_hidden_states");
    cond.pooled = golden.input("text_embeds");
    cond.time_ids = golden.input("time_ids");
    return unet.forward(golden.input("sample"), golden.input("timestep").at({0}), cond);
  }

  support::Golden golden;
  std::unique_ptr<Checkpoint> checkpoint;
  UNet2DConditionModel unet;
};

bool are_same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

/// Every output of the golden under its path: the UNet's, and those of layers inside.
void check_outputs(const Subject& subject) {
  const nn::Recorder recorder;
  const Tensor out = subject.run();
  int compared = 0;
  for (const std::string path : nlohmann::json::parse(subject.golden.metadata("outputs"))) {
    if (path.starts_with("merged/")) continue;
    CAPTURE(path);
    const Tensor* ours = path.empty() ? &out : recorder.find(path);
    REQUIRE(ours != nullptr);
    CHECK(nn::difference(path, *ours, subject.golden.output(path)).relative < limit);
    ++compared;
  }
  CHECK(compared > 0);
}

/// The merged weights of the golden.
void check_merged(const Subject& subject, const std::string& file, double scale) {
  AdapterFile adapters(adapter(file));
  int compared = 0;
  for (const auto& [layer, parts] : adapters.layers_of(subject.unet, "unet", scale)) {
    const std::string name = "merged/" + layer->path();
    if (!subject.golden.has_output(name)) continue;
    CAPTURE(name);
    const Tensor ours = merged_weight(parts, weight_of(*layer), weight_of(*layer));
    CHECK(nn::difference(name, ours, subject.golden.output(name)).relative < limit);
    ++compared;
  }
  CHECK(compared == 3);
}

void check_kind(const std::string& kind) {
  CAPTURE(kind);
  check_outputs(Subject("lora_" + kind, {{adapter(kind)}}));
  check_merged(Subject("lora_" + kind), kind, 1.0);
}

void check_run(const std::string& name) {
  CAPTURE(name);
  support::PipelineGolden golden(name);
  add_adapters(golden.model, {{adapter("kohya_stability"), 0.7}});
  TextToImage args;
  args.size = {golden.call.at("height"), golden.call.at("width")};
  golden.read(args, args.size);
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    return text_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

/// The distinct layers of a table.
size_t layers_in(const std::map<std::string, nn::AdaptableLayer*>& table) {
  std::set<const nn::AdaptableLayer*> layers;
  for (const auto& [name, layer] : table) layers.insert(layer);
  return layers.size();
}

}  // namespace

TEST_CASE("adapters: a LoRA's layers have peft's names and outputs, and its weights merge") {
  check_outputs(Subject("lora_unet", {{adapter("diffusers"), 0.7}}));
  check_merged(Subject("lora_unet"), "diffusers", 0.7);
}

TEST_CASE("adapters: every naming of one LoRA gives the same bits") {
  const Tensor expected = Subject("lora_unet", {{adapter("diffusers"), 0.7}}).run();
  for (const char* name : {"kohya", "kohya_stability"}) {
    CAPTURE(name);
    CHECK(are_same_bits(Subject("lora_unet", {{adapter(name), 0.7}}).run(), expected));
  }
  const Tensor plain = Subject("lora_unet", {{adapter("plain_diffusers")}}).run();
  for (const char* name : {"plain_kohya", "plain_old"}) {
    CAPTURE(name);
    CHECK(are_same_bits(Subject("lora_unet", {{adapter(name)}}).run(), plain));
  }
}

TEST_CASE("adapters: names with other beginnings and endings are the same layers") {
  const support::ScratchFolder folder;
  const Tensor expected = Subject("lora_unet", {{adapter("plain_diffusers")}}).run();
  const std::vector<std::array<std::string, 3>> namings = {
      {"base_model.model.unet.", ".lora_A.default.weight", ".lora_B.default.weight"},
      {"", ".lora.down.weight", ".lora.up.weight"},
      {"diffusion_model.", ".lora_A.weight", ".lora_B.weight"}};
  for (const auto& [front, down, up] : namings) {
    CAPTURE(front);
    tensor::io::NamedTensors renamed;
    for (auto& [name, value] : support::tensors_of(adapter("plain_diffusers"))) {
      if (!name.starts_with("unet.")) continue;
      const auto split = split_adapter_name(name);
      renamed.emplace_back(front + split->layer.substr(5) + (split->part == "down" ? down : up),
                           value);
    }
    tensor::io::write_safetensors(folder.path() / "a.safetensors", renamed);
    CHECK(are_same_bits(Subject("lora_unet", {{folder.path() / "a.safetensors"}}).run(), expected));
  }
}

TEST_CASE("adapters: of scale 0, or removed, they change no bit") {
  const Tensor expected = Subject("lora_unet").run();
  for (const char* kind : {"diffusers", "dora", "loha", "lokr", "locon_mid"}) {
    CAPTURE(kind);
    CHECK(are_same_bits(Subject("lora_unet", {{adapter(kind), 0.0}}).run(), expected));
    CHECK(!are_same_bits(Subject("lora_unet", {{adapter(kind)}}).run(), expected));
  }
  StableDiffusionXL model(open_checkpoint(support::tiny_model("three_levels_f32")));
  const size_t parameters = nn::all_parameters(model.unet).size();
  add_adapters(model, {{adapter("kohya")}, {adapter("lokr")}});
  CHECK(nn::all_parameters(model.unet).size() > parameters);
  remove_adapters(model);
  CHECK(nn::all_parameters(model.unet).size() == parameters);
}

TEST_CASE("adapters: several add up") {
  check_outputs(
      Subject("lora_several", {{adapter("diffusers"), 0.7}, {adapter("plain_old"), -0.5}}));
}

TEST_CASE("adapters: DoRA, LoHa, LoKr and LoCon compute what peft and LyCORIS compute") {
  check_kind("dora");
  check_kind("loha");
  check_kind("lokr");
  check_kind("lokr_factored");
  check_outputs(Subject("lora_locon_mid", {{adapter("locon_mid")}}));
}

TEST_CASE("adapters: a run with a LoRA on all components draws what diffusers draws") {
  check_run("lora_guided");
  check_run("lora_unguided");
}

TEST_CASE("adapters: every layer of SDXL has one name in each naming") {
  const UNet2DConditionModel base(nn::root(), UNetConfig::sdxl_base());
  const auto table = adapter_layers(base, "unet");
  CHECK(layers_in(table) == 794);
  const auto is = [&](const std::string& name, const std::string& path) {
    return table.contains(name) && table.at(name)->path() == path;
  };
  CHECK(is("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
           "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"));
  CHECK(is("lora_unet_output_blocks_5_2_conv", "up_blocks.1.upsamplers.0.conv"));
  CHECK(is("lora_unet_label_emb_0_2", "add_embedding.linear_2"));
  const CLIPTextModel clip_l(nn::root(), ClipTextConfig::clip_l());
  const CLIPTextModel bigg(nn::root(), ClipTextConfig::openclip_bigg());
  CHECK(layers_in(adapter_layers(clip_l, "text_encoder")) == 12 * 6);
  CHECK(layers_in(adapter_layers(bigg, "text_encoder_2")) == 32 * 6 + 1);
}
