#include "sdxl/inspect/attention_maps.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nn/load.h"
#include "nn/observe/path_pattern.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "sdxl/pipeline/text_to_image.h"
#include "sdxl/unet/attention.h"
#include "tensor/ops.h"
#include "tensor/random.h"

using sdxl::AttentionMaps;
using tensor::Tensor;

namespace {

const sdxl::StableDiffusionXL& tiny_model() {
  static const sdxl::StableDiffusionXL model{
      sdxl::DiffusersFolder(GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model")};
  return model;
}

/// A layer whose first head attends to positions like its own and whose second attends to all
/// equally: queries of head 0 are 20 times the input's first two channels, its keys these channels.
class Planted {
 public:
  Planted() : layer(nn::root(), 4, 4, 2) {
    nn::load(layer, "Attention",
             nn::WeightSource::from_tensors({{"to_q.weight", diagonal(20, 20)},
                                             {"to_k.weight", diagonal(1, 1)},
                                             {"to_v.weight", diagonal(1, 1)},
                                             {"to_out.0.weight", diagonal(1, 1)},
                                             {"to_out.0.bias", Tensor::zeros({4})}}));
  }
  sdxl::Attention layer;

 private:
  static Tensor diagonal(float a, float b) {
    return Tensor::from({4, 4}, {a, 0, 0, 0, 0, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  }
};

/// Channel 0 is 1 on the left half of 4 x 4 places, channel 1 on the right one. (1, 16, 4)
Tensor two_halves() {
  Tensor x = Tensor::zeros({1, 16, 4});
  for (int64_t i = 0; i < 16; ++i) x.mutable_data()[i * 4 + (i % 4 < 2 ? 0 : 1)] = 1.0f;
  return x;
}

/// Three tokens: of neither half, of the left one, of the right one.
Tensor three_tokens() { return Tensor::from({1, 3, 4}, {0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0}); }

Tensor row_map(const AttentionMaps::Row& row, int64_t word) {
  return slice(row.maps, 0, word, word + 1).reshape({row.maps.dim(1), row.maps.dim(2)});
}

const std::vector<sdxl::Word> circle_and_square = {{"circle", {1}}, {"square", {2}}};

}  // namespace

TEST_CASE("inspect: each noun's map lies on the half that attends to it") {
  const Planted planted;
  AttentionMaps maps({.words = circle_and_square, .layers = nn::paths_like({}), .head = 0});
  planted.layer.forward(two_halves(), three_tokens());
  maps.end_step(0, Tensor::zeros({1, 4, 4, 4}));
  const std::vector<AttentionMaps::Row> rows = maps.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].maps.shape() == tensor::Shape{2, 4, 4});
  const sdxl::Balance circle = sdxl::balance(row_map(rows[0], 0));
  const sdxl::Balance square = sdxl::balance(row_map(rows[0], 1));
  CHECK(circle.left > 0.99);
  CHECK(square.left < 0.01);
  CHECK(circle.above == doctest::Approx(0.5));
  // e^(20 / sqrt 2) against 1 and 1.
  CHECK(row_map(rows[0], 0).at({0, 0}) == doctest::Approx(1.0 / (1.0 + 2 * std::exp(-14.1421356))));
}

TEST_CASE("inspect: maps are kept by head and by step or averaged over both") {
  const Planted planted;
  const auto rows_by = [&](AttentionMaps::Rows rows, int64_t head, int64_t step) {
    AttentionMaps maps({.words = circle_and_square,
                        .rows = rows,
                        .layers = nn::paths_like({}),
                        .head = head,
                        .step = step});
    const Tensor latents = Tensor::zeros({1, 4, 8, 8});  // twice as fine as the layer
    planted.layer.forward(two_halves(), three_tokens());
    maps.end_step(0, latents);
    planted.layer.forward(
        concat(0.0f * two_halves(), -1.0f * two_halves(), 0),  // the negative first
        concat(three_tokens(), three_tokens(), 0));
    maps.end_step(1, latents);
    return maps.rows();
  };
  using Rows = AttentionMaps::Rows;
  const auto heads = rows_by(Rows::heads, -1, 0);
  REQUIRE(heads.size() == 2);
  CHECK(heads[0].name == "head 0");
  CHECK(heads[0].maps.shape() == tensor::Shape{2, 8, 8});
  CHECK(row_map(heads[1], 0).at({3, 7}) == doctest::Approx(1.0 / 3));

  const auto steps = rows_by(Rows::steps, 0, -1);
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].name == "step 1");
  CHECK(row_map(steps[0], 0).at({7, 0}) > 0.99f);
  CHECK(row_map(steps[1], 0).at({7, 0}) < 0.01f);  // the later forward, that of -1
  CHECK(row_map(steps[1], 0).at({7, 7}) == doctest::Approx(0.5));

  const auto all = rows_by(Rows::one, -1, -1);
  REQUIRE(all.size() == 1);
  const float of_all = row_map(all[0], 0).at({0, 0});
  CHECK(of_all == doctest::Approx((1.0 + 0.0 + 1.0 / 3 + 1.0 / 3) / 4).epsilon(1e-4));
  CHECK(rows_by(Rows::one, 5, -1).empty());
  CHECK(rows_by(Rows::one, -1, 2).empty());
}

TEST_CASE("inspect: the map of a place is its row of the softmax and sums to 1") {
  Tensor eye = Tensor::zeros({4, 4});
  for (int64_t i = 0; i < 4; ++i) eye.mutable_data()[5 * i] = 1.0f;
  sdxl::Attention layer(nn::root(), 4, 4, 2);
  nn::load(layer, "Attention",
           nn::WeightSource::from_tensors({{"to_q.weight", eye},
                                           {"to_k.weight", eye},
                                           {"to_v.weight", eye},
                                           {"to_out.0.weight", eye},
                                           {"to_out.0.bias", Tensor::zeros({4})}}));
  const Tensor x = 3.0f * tensor::Generator(2).randn({1, 12, 4});  // 3 rows of 4 positions
  const Tensor weights = attention_weights(x, x, 2);               // (1, 2, 12, 12)
  const auto maps_at = [&](const AttentionMaps::Position& place, int64_t factor) {
    AttentionMaps maps(
        {.places = {place}, .rows = AttentionMaps::Rows::heads, .layers = nn::paths_like({})});
    layer.forward(x, x);
    maps.end_step(0, Tensor::zeros({1, 4, 3 * factor, 4 * factor}));
    return maps.rows();
  };
  const auto rows = maps_at({1, 2}, 1);
  REQUIRE(rows.size() == 2);
  for (int64_t head = 0; head < 2; ++head) {
    CHECK(rows[head].maps.shape() == tensor::Shape{1, 3, 4});
    for (int64_t i = 0; i < 12; ++i) {
      CHECK(rows[head].maps.at({0, i / 4, i % 4}) == weights.at({0, head, 1 * 4 + 2, i}));
    }
  }
  // On latents twice as fine, four of them share the position's attention.
  const auto fine = maps_at({3, 5}, 2);
  CHECK(fine[0].maps.shape() == tensor::Shape{1, 6, 8});
  CHECK(48 * mean(fine[0].maps) == doctest::Approx(1.0));
  CHECK_THROWS_WITH(maps_at({0, 4}, 1), "attention_maps: (0, 4) is outside of 3 x 4 latents");
}

TEST_CASE("inspect: the maps of all tokens sum to 1 at every position of the tiny model") {
  const sdxl::StableDiffusionXL& model = tiny_model();
  sdxl::TextToImage args;
  args.prompt = "a red circle to the left of a blue square";
  const auto encoding = model.tokenizer->encode(args.prompt);
  std::vector<sdxl::Word> every_token = sdxl::words_of(encoding);
  for (const sdxl::Word& word : sdxl::tokens_around_words(encoding)) every_token.push_back(word);
  REQUIRE(every_token.size() == 12);
  const nn::Recorder::Filter layers = nn::paths_like({"*.attn2"});
  AttentionMaps maps({.words = every_token, .rows = AttentionMaps::Rows::layers, .layers = layers});
  args.num_inference_steps = 1;
  args.size = {64, 48};
  args.sizes = {.original_size = {64, 48}, .target_size = {64, 48}};
  sdxl::SeededNoise noise(3);
  const sdxl::StepHooks hooks = {
      .after = [&](int i, int, const Tensor& latents) { maps.end_step(i, latents); }};
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config);
  sdxl::text_to_image(model, *scheduler, args, noise, hooks);
  const std::vector<AttentionMaps::Row> rows = maps.rows();
  CHECK(rows.size() == attentions_of(model.unet, "attn2").size());
  CHECK(attentions_of(model.unet, "attn1").front()->path() ==
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1");
  for (const AttentionMaps::Row& row : rows) {
    CHECK(row.maps.shape() == tensor::Shape{12, 8, 6});
    for (int64_t i = 0; i < 48; ++i) {
      double sum = 0.0;
      for (int64_t word = 0; word < 12; ++word) sum += row.maps.data()[word * 48 + i];
      CHECK(sum == doctest::Approx(1.0).epsilon(1e-5));
    }
  }
}

TEST_CASE("inspect: attention_weights times v equal the attention") {
  tensor::Generator generator(1);
  const Tensor q = 3.0f * generator.randn({2, 7, 6}), k = generator.randn({2, 5, 6});
  const Tensor v = generator.randn({2, 5, 6});
  const int64_t heads = 3, size = 2;
  for (const tensor::Mask mask : {tensor::Mask::none, tensor::Mask::causal}) {
    const Tensor fast = scaled_dot_product_attention(q, k, v, heads, mask);
    const Tensor weights = attention_weights(q, k, heads, mask);  // (2, 3, 7, 5)
    for (int64_t n = 0; n < 2; ++n) {
      for (int64_t t = 0; t < 7; ++t) {
        for (int64_t c = 0; c < 6; ++c) {
          double sum = 0.0;
          for (int64_t j = 0; j < 5; ++j) sum += weights.at({n, c / size, t, j}) * v.at({n, j, c});
          CHECK(sum == doctest::Approx(fast.at({n, t, c})).epsilon(1e-4));
        }
      }
    }
  }
  CHECK_THROWS_WITH(attention_weights(q, k, 4),
                    "attention_weights expects q (N, T, heads D) and k (N, S, heads D) with 4 "
                    "heads, got (2, 7, 6) and (2, 5, 6)");
}

TEST_CASE("inspect: a word has all its tokens and a punctuation mark is a word") {
  const auto tokenizer = sdxl::ClipTokenizer::openai();
  const auto texts = [&](const std::string& prompt) {
    std::vector<std::string> result;
    for (const sdxl::Word& word : sdxl::words_of(tokenizer.encode(prompt))) {
      result.push_back(word.text + " " + std::to_string(word.tokens.front()) + "-" +
                       std::to_string(word.tokens.back()));
    }
    return result;
  };
  const std::vector<std::string> found = texts("A red fox, glassboxing");
  REQUIRE(found.size() == 5);
  CHECK(found[1] == "red 2-2");
  CHECK(found[3] == ", 4-4");
  CHECK(found[4] == "glassboxing 5-6");
  CHECK(texts("").empty());
  const auto around = sdxl::tokens_around_words(tokenizer.encode("A red fox, glassboxing"));
  REQUIRE(around.size() == 2);
  CHECK(around[0].tokens == std::vector<int64_t>{0});
  CHECK(around[1].tokens.front() == 7);
  CHECK(around[1].tokens.back() == 76);
  CHECK(around[1].tokens.size() == 70);
  CHECK(sdxl::words_of(tiny_model().tokenizer->encode("a ring")).size() == 2);
}

TEST_CASE("inspect: balance counts the middle of odd sizes half to either side") {
  const Tensor map = Tensor::from({3, 3}, {1, 2, 0, 0, 4, 0, 0, 0, 1});
  CHECK(sdxl::balance(map).left == doctest::Approx((1 + 3) / 8.0));
  CHECK(sdxl::balance(map).above == doctest::Approx((3 + 2) / 8.0));
  CHECK(sdxl::balance(Tensor::zeros({2, 2})).left == 0.5);
}
