#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "nn/observe/teacher_forcing.h"
#include "nn/parameter.h"
#include "nn/trace.h"
#include "sdxl/parity/check.h"
#include "tensor/ops.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using sdxl::Cause;
using sdxl::Parity;
using tensor::Tensor;

namespace {

std::string part_in(const std::string& path) { return path.substr(0, path.find('.')); }

/// A copy of the model that the golden dump is of, to plant mistakes in.
class PlantedModel {
 public:
  /// Puts another text into a part's config.
  void change_config(const std::string& part, const std::string& from, const std::string& to) {
    const std::string file = folder_.model(part + "/config.json").string();
    std::string text = support::read_bytes(file);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    std::ofstream(file, std::ios::binary) << text;
  }

  /// Checks a component, with one weight moved by a hundredth and one number, if it is named.
  Parity check(const std::string& component, const std::string& weight = "") {
    static const sdxl::Dump dump(support::golden_path("parity_dump"));
    const auto checkpoint = sdxl::open_checkpoint(folder_.model());
    const auto model = sdxl::load_component(*checkpoint, component);
    Tensor other;
    for (nn::Parameter* parameter : nn::all_parameters(model->module())) {
      if (component + "." + parameter->name() != weight) continue;
      other = 1.01f * parameter->to_tensor();
      other.mutable_data()[0] += 0.1f;
      parameter->set({other.data(), tensor::DType::f32, other.shape()});
    }
    REQUIRE((weight.empty() || !other.empty()));
    return sdxl::check_parity(*model, dump, component, 1e-5);
  }

 private:
  support::ModelFolder folder_;
};

/// A mistake in one module: its output is a hundredth too large.
class TooLarge : public nn::Observer {
 public:
  explicit TooLarge(std::string path) : path_(std::move(path)) {}
  void on_output(const nn::Module& /*module*/, const Tensor& /*output*/) override {}
  Tensor replace(const nn::Module& module, const Tensor& output) override {
    return module.path() == path_ ? 1.01f * output : output;
  }

 private:
  std::string path_;
};

/// A mistake that stops the run: channels are missing in an output.
class TooShort : public nn::Observer {
 public:
  void on_output(const nn::Module& /*module*/, const Tensor& /*output*/) override {}
  Tensor replace(const nn::Module& module, const Tensor& output) override {
    return module.path() == "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1"
               ? slice(output, 2, 0, 2)
               : output;
  }
};

/// "" when the first finding is this one.
std::string expect(const Parity& parity, const std::string& path, Cause cause) {
  const bool right = !parity.findings.empty() && parity.findings[0].path == path &&
                     parity.findings[0].cause == cause &&
                     parity.verdict().starts_with("first divergence at " + path + ": ");
  return right ? "" : parity.verdict();
}

}  // namespace

TEST_CASE("parity: a model agrees with its own dump") {
  PlantedModel model;
  for (const char* component : {"unet", "text_encoder"}) {
    const Parity parity = model.check(component);
    CHECK_MESSAGE(parity.agrees(), parity.verdict());
    CHECK(parity.weights.empty());
    CHECK(parity.only_theirs.empty());
    CHECK(parity.accumulated_error.rows.size() == parity.local_error.rows.size());
  }
  CHECK(model.check("unet").verdict() == "all 253 modules agree: rounding (limit 1e-05)");
}

TEST_CASE("parity: a changed weight is found at its module") {
  PlantedModel model;
  for (const char* weight :
       {"unet.conv_in.bias", "unet.time_embedding.linear_2.weight",
        "unet.add_embedding.linear_1.weight", "unet.down_blocks.1.resnets.0.norm2.bias",
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
        "unet.mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
        "unet.up_blocks.1.resnets.1.conv_shortcut.weight", "unet.conv_norm_out.weight",
        "text_encoder.text_model.embeddings.position_embedding.weight",
        "text_encoder.text_model.encoder.layers.1.self_attn.v_proj.bias"}) {
    const std::string name = weight;
    const Parity parity = model.check(part_in(name), name);
    CHECK(expect(parity, name.substr(0, name.rfind('.')), Cause::weights) == "");
    CHECK(parity.findings.size() == 1);
    CHECK(parity.weights == std::vector<std::string>{name});
  }
}

TEST_CASE("parity: a mistake in a module's forward is found there and not after it") {
  PlantedModel model;
  for (const char* path : {"unet.down_blocks.0.resnets.0",
                           "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1",
                           "unet.mid_block.attentions.0.transformer_blocks.0", "unet.mid_block",
                           "unet.up_blocks.1.attentions.0"}) {
    const TooLarge mistake(path);
    const Parity parity = model.check("unet");
    CHECK(expect(parity, path, Cause::arithmetic) == "");
    CHECK(parity.findings.size() == 1);
    CHECK(parity.findings[0].text.find("ours is theirs times 1.01") != std::string::npos);
    // One local error changes every module after it.
    CHECK(std::count_if(parity.accumulated_error.rows.begin(), parity.accumulated_error.rows.end(),
                        [](const auto& row) { return row.is_beyond(1e-5); }) > 1);
  }
  const TooLarge mistake("unet.up_blocks.0.resnets.1.conv2");
  CHECK(expect(model.check("unet"), "unet.up_blocks.0.resnets.1.conv2", Cause::constant) == "");
}

TEST_CASE("parity: a run that stops is a finding at the running module") {
  PlantedModel model;
  const TooShort mistake;
  const Parity parity = model.check("unet");
  const std::string block = "unet.down_blocks.0.attentions.0.transformer_blocks.0";
  CHECK(expect(parity, block + ".attn1", Cause::incomparable) == "");
  REQUIRE(parity.findings.size() == 2);
  CHECK(parity.findings[1].path == block);
  CHECK_MESSAGE(parity.findings[1].text.starts_with("the run stopped behind " + block + ".attn1: "),
                parity.findings[1].text);
}

TEST_CASE("parity: an embedding is run alone on its ids") {
  const sdxl::Dump dump(support::golden_path("parity_dump"));
  const support::ModelFolder folder;
  const auto checkpoint = sdxl::open_checkpoint(folder.model());
  const auto model = sdxl::load_component(*checkpoint, "text_encoder");
  const std::string path = "text_encoder.text_model.embeddings.position_embedding";
  const nn::Module* layer = model->module().children()[0];
  for (const char* name : {"embeddings", "position_embedding"}) {
    const auto& inside = layer->children();
    layer = *std::find_if(inside.begin(), inside.end(),
                          [&](const nn::Module* child) { return child->path().ends_with(name); });
  }
  const std::vector<std::string> given = dump.arguments(path);
  REQUIRE(given.size() == 1);
  const Tensor alone = nn::replay(*layer, dump.stored(given[0]));
  CHECK(nn::difference(path, alone, dump.output(path)).relative < 1e-5);
  CHECK(nn::replay(model->module(), alone).empty());
}

TEST_CASE("parity: a wrong constant is found at the layer that uses it") {
  const auto planted = [](const std::string& part, const std::string& from, const std::string& to) {
    PlantedModel model;
    model.change_config(part, from, to);
    return model.check(part);
  };
  CHECK(expect(planted("unet", "\"norm_eps\": 1e-05", "\"norm_eps\": 1e-03"),
               "unet.down_blocks.0.resnets.0.norm1", Cause::constant) == "");
  CHECK(expect(planted("text_encoder", "\"layer_norm_eps\": 1e-05", "\"layer_norm_eps\": 1e-03"),
               "text_encoder.text_model.encoder.layers.0.layer_norm1", Cause::constant) == "");
  // The module around a layer computes the layer's input.
  CHECK(expect(planted("unet", "\"flip_sin_to_cos\": true", "\"flip_sin_to_cos\": false"), "unet",
               Cause::arithmetic) == "");
  CHECK(expect(planted("unet", "\"freq_shift\": 0", "\"freq_shift\": 1"), "unet",
               Cause::arithmetic) == "");
  CHECK(expect(planted("unet", "\"num_attention_heads\": null", "\"num_attention_heads\": 3"),
               "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1",
               Cause::arithmetic) == "");
  CHECK(expect(planted("text_encoder", "quick_gelu", "gelu"),
               "text_encoder.text_model.encoder.layers.0.mlp", Cause::arithmetic) == "");
  CHECK(expect(planted("text_encoder", "\"num_attention_heads\": 5", "\"num_attention_heads\": 2"),
               "text_encoder.text_model.encoder.layers.0.self_attn", Cause::arithmetic) == "");
}

TEST_CASE("parity: a dump that lists a hundred thousand outputs is read in time in proportion") {
  std::string paths;
  for (int i = 0; i < 100'000; ++i) paths += (i == 0 ? "\"m" : ", \"m") + std::to_string(i) + '"';
  const support::ScratchFolder folder;
  const auto file = folder.path() / "dump.safetensors";
  tensor::io::write_safetensors(file, {{"outputs/m0", Tensor::zeros({1})}},
                                {{"format", "glassbox-sdxl dump 1"},
                                 {"outputs", "{\"paths\": [" + paths + "]}"},
                                 {"same", "{}"}});
  CHECK_THROWS_WITH(sdxl::Dump(file).components(),
                    doctest::Contains("the output of m1 is listed, and isn't there"));
}
