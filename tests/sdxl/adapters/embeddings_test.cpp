#include <doctest/doctest.h>

#include "sdxl/adapters/add_embeddings.h"
#include "sdxl/pipeline/prompt_features.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

using namespace sdxl;

namespace {

/// A folder for embeddings, and a model of text encoders of 12 and 16 channels.
struct Subject {
  explicit Subject(const std::string& name = "three_levels_f32")
      : model(open_checkpoint(support::tiny_model(name))) {}

  std::filesystem::path write(const std::string& name,
                              const tensor::io::NamedTensors& tensors) const {
    const std::filesystem::path path = folder.path() / (name + ".safetensors");
    tensor::io::write_safetensors(path, tensors);
    return path;
  }
  /// What add_embeddings says of a file with these tensors; "" if nothing.
  std::string refusal(const tensor::io::NamedTensors& tensors,
                      const std::vector<std::string>& words = {"<x>"}) {
    try {
      add_embeddings(model, {{write("x", tensors), words}});
    } catch (const std::exception& error) {
      const std::string text = error.what();
      CHECK(text.find("x.safetensors") != std::string::npos);
      return text;
    }
    return "";
  }

  support::ScratchFolder folder;
  StableDiffusionXL model;
};

Tensor rows(int64_t n, int64_t channels) { return Tensor::full({n, channels}, 0.25f); }

bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("not found: ", part, " in: ", text);
  return found;
}

std::vector<int64_t> ids(const ClipTokenizer& tokenizer, const std::string& text) {
  return tokenizer.tokens(text);
}

}  // namespace

TEST_CASE("embeddings: a word for all rows, or one for each") {
  Subject subject;
  StableDiffusionXL& model = subject.model;
  const std::vector<int64_t> before = ids(*model.tokenizer, "<s1>");
  const auto file = subject.write("a-style", {{"clip_g", rows(2, 16)}, {"clip_l", rows(2, 12)}});
  add_embeddings(model, {{file, {"<s0>", "<s1>"}}, {file}});
  CHECK(ids(*model.tokenizer, "<s1><s0>") == std::vector<int64_t>{642, 641});
  CHECK(ids(*model.tokenizer_2, "A-Style") == std::vector<int64_t>{643, 644});

  // Only the token's row counts: the features of both words, whose rows are equal, are the same.
  const auto features = [&](const std::string& text) {
    return model.text_encoder->forward({model.tokenizer->encode(text).ids}).last_hidden_state;
  };
  const Tensor a = features("a <s0>"), b = features("a <s1>");
  CHECK(std::equal(a.data(), a.data() + a.size(), b.data()));

  remove_embeddings(model);
  CHECK(ids(*model.tokenizer, "<s1>") == before);
  CHECK_THROWS_AS(model.text_encoder->forward({{0, 641}}), std::invalid_argument);
}

TEST_CASE("embeddings: the word of a single tensor, of a file and of a folder") {
  Subject subject("sd_1_f32");
  const int64_t channels = subject.model.text_encoder->config().hidden_size;
  const auto count = [&](const std::string& word) {
    return ids(*subject.model.tokenizer, word).size();
  };
  add_embeddings(subject.model,
                 {{subject.write("easy-negative", {{"emb_params", rows(3, channels)}})},
                  {subject.write("b", {{"<cat-toy>", Tensor::full({channels}, 1.0f)}})},
                  {subject.write("c", {{"clip_l", rows(2, channels)}}), {"<c>"}}});
  CHECK(count("easy-negative") == 3);
  CHECK(count("<cat-toy>") == 1);
  CHECK(count("<c>") == 2);

  subject.write("learned_embeds", {{"<d>", rows(2, channels)}});
  add_embeddings(subject.model, {{subject.folder.path()}});
  CHECK(count("<d>") == 2);
  CHECK(has(subject.refusal({{"clip_l", rows(1, channels)}, {"clip_g", rows(1, 16)}}),
            "is an embedding for SDXL"));
}

TEST_CASE("embeddings: a refiner takes the rows of its own encoder") {
  Subject subject("refiner_f16");
  const int64_t channels = subject.model.text_encoder_2->config().hidden_size;
  add_embeddings(
      subject.model,
      {{subject.write("a", {{"clip_l", rows(2, 99)}, {"clip_g", rows(2, channels)}}), {"<a>"}}});
  CHECK(ids(*subject.model.tokenizer_2, "<a>").size() == 2);
}

TEST_CASE("embeddings: what fits nothing is refused with its reason") {
  Subject subject;
  CHECK(has(subject.refusal({{"emb_params", rows(2, 12)}}),
            "has rows of 12 numbers, for text_encoder alone, as an embedding for Stable Diffusion "
            "1 or 2 has; expected clip_l and clip_g, or a second file of the word <x> with rows of "
            "16 numbers"));
  CHECK(has(subject.refusal({{"clip_g", rows(2, 16)}}), "for text_encoder_2 alone"));
  CHECK(has(subject.refusal({{"clip_l", rows(2, 12)}, {"clip_g", rows(3, 16)}}),
            "2 rows for text_encoder and 3 for text_encoder_2; expected as many"));
  CHECK(has(subject.refusal({{"clip_l", rows(2, 13)}}),
            "clip_l: expected (n, 12) for text_encoder, got (2, 13)"));
  CHECK(has(subject.refusal({{"<x>", rows(2, 13)}}),
            "expected rows of 12 (text_encoder) or 16 (text_encoder_2) numbers, got (2, 13)"));
  CHECK(has(subject.refusal({{"clip_l", rows(1, 12)}, {"t5", rows(1, 16)}}), "t5 has no place"));
  CHECK(has(subject.refusal({{"a", rows(1, 12)}, {"b", rows(1, 12)}}), "is no embedding"));
  CHECK(has(subject.refusal({{"clip_l", Tensor::full({2, 12}, INFINITY)}}), "NaN or infinity"));
  CHECK(has(subject.refusal({{"clip_l", Tensor::full({2, 1, 12}, 1.0f)}}), "expected rows (n, C)"));
  const tensor::io::NamedTensors two = {{"clip_l", rows(2, 12)}, {"clip_g", rows(2, 16)}};
  CHECK(has(subject.refusal(two, {"<a>", "<b>", "<c>"}),
            "has 2 rows; expected one word for all of them or 2, got 3"));
  CHECK(
      has(subject.refusal(two, {"<a>", "<a>"}), "the word <a> has rows for text_encoder already"));
  CHECK(ids(*subject.model.tokenizer, "<x>").size() > 1);  // nothing was added

  const auto file = subject.write("y", two);
  CHECK_THROWS_AS(add_embeddings(subject.model, {{file, {"a"}}}), std::invalid_argument);
  CHECK_THROWS_AS(add_embeddings(subject.model, {{subject.folder.path()}}), std::runtime_error);
}
