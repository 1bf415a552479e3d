#include <doctest/doctest.h>

#include "sdxl/text/clip_text_model.h"
#include "tests/support/golden.h"
#include "tests/support/names.h"

using namespace sdxl;
using support::Golden;

namespace {

using Ids = std::vector<std::vector<int64_t>>;

Ids read_ids(const Golden& golden) {
  const Tensor x = golden.input("input_ids");
  Ids ids(x.dim(0));
  for (int64_t i = 0; i < x.size(); ++i) {
    ids[i / x.dim(1)].push_back(static_cast<int64_t>(x.data()[i]));
  }
  return ids;
}

/// Every module's output and every hidden state against transformers'.
void check_text_model(const std::string& name) {
  const Golden golden(name);
  CLIPTextModel model(nn::root(), ClipTextConfig::read(golden.config()));
  golden.load(model, "CLIPTextModel");
  const nn::Recorder recorder;
  const TextFeatures features = model.forward(read_ids(golden));
  CHECK(golden.compare(recorder, 1e-5) == "");

  std::vector<nn::Recorder::Entry> ours, theirs;
  for (size_t i = 0; i < features.hidden_states.size(); ++i) {
    const std::string key = "hidden_states." + std::to_string(i);
    ours.push_back({key, features.hidden_states[i]});
    theirs.push_back({key, golden.input(key)});
  }
  CHECK_FALSE(golden.has_input("hidden_states." + std::to_string(ours.size())));
  ours.push_back({"last_hidden_state", features.last_hidden_state});
  theirs.push_back({"last_hidden_state", golden.output("text_model")});
  ours.push_back({"pooled", features.pooled});
  theirs.push_back({"pooled", golden.output("")});
  CHECK(nn::compare(ours, theirs).verdict(1e-5) == "");
}

ClipTextConfig read(const std::string& fields) {
  return ClipTextConfig::read(ConfigReader::parse(
      R"({"architectures": ["CLIPTextModel"], )" + fields + "}", "config.json"));
}

}  // namespace

TEST_CASE("text: CLIPTextModel equals transformers with quick_gelu and the largest id's rule") {
  check_text_model("text_clip_l");
}

TEST_CASE("text: CLIPTextModelWithProjection equals transformers with gelu and eos_token_id") {
  check_text_model("text_openclip");
}

TEST_CASE("text: the published encoders have their names and shapes") {
  const CLIPTextModel first(nn::root(), ClipTextConfig::clip_l());
  CHECK(support::compare_names(first, "text_encoder") == "");
  CHECK(support::count_parameters(first) == 123'060'480);
  const CLIPTextModel second(nn::root(), ClipTextConfig::openclip_bigg());
  CHECK(support::compare_names(second, "text_encoder_2") == "");
  CHECK(support::count_parameters(second) == 694'659'840);
}

TEST_CASE("text: the end of text is the largest id or the first eos_token_id") {
  const Ids ids = {{49406, 320, 49407, 49407}, {5, 9, 7, 9}, {49408, 1, 2, 49407}};
  CHECK(pooled_positions(ids, 2) == std::vector<int64_t>{2, 1, 0});
  CHECK(pooled_positions(ids, 49407) == std::vector<int64_t>{2, 0, 3});
}

TEST_CASE("text: invalid ids are refused with the reason") {
  const Golden golden("text_clip_l");
  CLIPTextModel model(nn::root(), ClipTextConfig::read(golden.config()));
  golden.load(model, "CLIPTextModel");
  const std::string place = "text_model.embeddings: ";
  CHECK_THROWS_WITH(model.forward({}),
                    (place + "expects at least one list of ids, got none").c_str());
  CHECK_THROWS_WITH(
      model.forward({{1, 2}, {1}}),
      (place + "expects lists of equal length, got 2 and 1 ids; pad the shorter one").c_str());
  CHECK_THROWS_WITH(
      model.forward({Ids::value_type(12, 1)}),
      (place + "expects 1 to 11 ids, as many as there are positions, got 12").c_str());
  CHECK_THROWS(model.forward({{}}));
  for (const int64_t id : {int64_t{-1}, int64_t{50}, INT64_MAX})
    CHECK_THROWS(model.forward({{id}}));
  CHECK(model.forward({{1, 49}}).pooled.shape() == tensor::Shape{1, 24});
}

TEST_CASE("text: configs are read with transformers' defaults") {
  const ClipTextConfig c = read(R"("hidden_act": "gelu", "hidden_size": 96)");
  CHECK(c.hidden_act == ClipActivation::gelu);
  CHECK(c.hidden_size == 96);
  CHECK(c.intermediate_size == 2048);
  CHECK(c.eos_token_id == 49407);
  CHECK(c.projection_dim == 0);
}

TEST_CASE("text: configs that don't fit are refused with the field") {
  CHECK_THROWS_WITH(read(R"("hidden_act": "relu")"),
                    "config.json: hidden_act: expected quick_gelu, gelu, got relu");
  CHECK_THROWS_WITH(read(R"("hidden_size": 100)"),
                    "config.json: hidden_size: 100 channels don't divide into 8 attention heads");
  CHECK_THROWS_WITH(
      read(R"("num_hidden_layers": 0)"),
      "config.json: num_hidden_layers: expected a whole number from 1 to 1000000, got 0");
  CHECK_THROWS(read(R"("num_attention_heads": 0)"));
  CHECK_THROWS(read(R"("vocab_size": 10000000000)"));
  CHECK_THROWS(read(R"("eos_token_id": [1, 2])"));
  CHECK_THROWS(ClipTextConfig::read(
      ConfigReader::parse(R"({"architectures": ["T5EncoderModel"]})", "config.json")));
}
