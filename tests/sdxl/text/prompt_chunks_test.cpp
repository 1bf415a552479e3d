#include "sdxl/text/prompt_chunks.h"

#include <doctest/doctest.h>

#include "sdxl/inspect/words.h"

using sdxl::ClipTokenizer;
using sdxl::prompt_chunks;
using sdxl::PromptChunk;
using sdxl::PromptSyntax;

namespace {

const ClipTokenizer& tokenizer() {
  static const ClipTokenizer clip = ClipTokenizer::openai();
  return clip;
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

/// The number of tokens of each chunk's text.
std::vector<size_t> sizes(PromptSyntax syntax, const std::string& prompt) {
  std::vector<size_t> result;
  for (const PromptChunk& chunk : prompt_chunks(tokenizer(), syntax, prompt)) {
    CHECK(chunk.encoding.ids.size() == 77);
    CHECK(chunk.weights.size() == 77);
    const auto end = std::ranges::find(chunk.encoding.ids, 49407);
    result.push_back(static_cast<size_t>(end - chunk.encoding.ids.begin()) - 1);
  }
  return result;
}

using Sizes = std::vector<size_t>;

}  // namespace

TEST_CASE("prompt chunks: a plain prompt is one chunk, and the rest is cut off") {
  const auto chunks = prompt_chunks(tokenizer(), PromptSyntax::plain, repeated("cat ", 100));
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].encoding.cut_off.size() == 25);
  CHECK(sizes(PromptSyntax::plain, "") == Sizes{0});
}

TEST_CASE("prompt chunks: each token has the weight of its run") {
  const auto chunks = prompt_chunks(tokenizer(), PromptSyntax::a1111, "a (red fox:1.5) BREAK snow");
  REQUIRE(chunks.size() == 2);
  CHECK(std::vector(chunks[0].weights.begin(), chunks[0].weights.begin() + 5) ==
        std::vector<double>{1, 1, 1.5, 1.5, 1});
  CHECK(std::vector(chunks[0].runs.begin(), chunks[0].runs.begin() + 5) ==
        std::vector<int>{-1, 0, 1, 1, -1});
  CHECK(chunks[1].encoding.ids == tokenizer().encode("snow").ids);
  CHECK(sizes(PromptSyntax::a1111, "") == Sizes{0});
}

TEST_CASE("prompt chunks: A1111 cuts behind a comma that is near, else at 75 tokens") {
  const auto a1111 = PromptSyntax::a1111;
  CHECK(sizes(a1111, repeated("cat ", 75)) == Sizes{75});
  CHECK(sizes(a1111, repeated("cat ", 76)) == Sizes{75, 1});
  CHECK(sizes(a1111, repeated("cat ", 55) + ", " + repeated("dog ", 30)) == Sizes{56, 30});
  CHECK(sizes(a1111, repeated("cat ", 54) + ", " + repeated("dog ", 30)) == Sizes{75, 10});
  CHECK(sizes(a1111, repeated("cat ", 60) + ", " + repeated("dog ", 14) + ", a") == Sizes{75, 2});
  CHECK(sizes(a1111, repeated("cat ", 74) + ", dog") == Sizes{75, 1});
  CHECK(sizes(a1111, repeated("cat ", 160)) == Sizes{75, 75, 10});
}

TEST_CASE("prompt chunks: compel cuts behind a sentence, a phrase or a word") {
  const auto compel = PromptSyntax::compel;
  CHECK(sizes(compel, repeated("cat ", 75)) == Sizes{75});
  CHECK(sizes(compel, "a cat. a dog, " + repeated("cat ", 90)) == Sizes{3, 3, 75, 15});
  CHECK(sizes(compel, repeated("cat ", 74) + "glassboxing") == Sizes{74, 2});
}

TEST_CASE("prompt chunks: an embedding's rows stay together, and are one word") {
  ClipTokenizer own = ClipTokenizer::openai();
  own.add_embedding("<Ring>", 49408, 4);
  CHECK(own.tokens("a <ring>s") == std::vector<int64_t>{320, 49408, 49409, 49410, 49411, 338});
  CHECK(own.tokens("<ring>_2") == std::vector<int64_t>{49410});
  CHECK_THROWS_AS(own.add_embedding("<Ring>", 49412, 1), std::invalid_argument);
  CHECK_THROWS_AS(own.add_embedding("cat", 49412, 1), std::invalid_argument);
  CHECK_THROWS_AS(own.add_embedding(" ", 49412, 1), std::invalid_argument);

  const auto chunks =
      prompt_chunks(own, PromptSyntax::a1111, repeated("cat ", 73) + "(<ring>:1.2) dog");
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].encoding.ids[74] == 49407);
  CHECK(chunks[1].encoding.ids[1] == 49408);
  CHECK(chunks[1].weights[4] == 1.2);
  const std::vector<sdxl::Word> words = words_of(chunks);
  REQUIRE(words.size() == 75);
  CHECK(words[73].text == "<Ring>");
  CHECK(words[73].tokens == std::vector<int64_t>{78, 79, 80, 81});
  CHECK(words[74].text == "dog");
  CHECK(words[74].tokens == std::vector<int64_t>{82});
}

TEST_CASE("prompt chunks: words and the tokens around them have every token of the context once") {
  const auto chunks = prompt_chunks(tokenizer(), PromptSyntax::a1111, "a fox BREAK glassboxing");
  std::vector<int64_t> tokens;
  const auto add = [&](const std::vector<sdxl::Word>& words) {
    for (const sdxl::Word& word : words) {
      tokens.insert(tokens.end(), word.tokens.begin(), word.tokens.end());
    }
  };
  add(words_of(chunks));
  CHECK(tokens == std::vector<int64_t>{1, 2, 78, 79});
  add(tokens_around_words(chunks, 3 * 77));
  std::ranges::sort(tokens);
  REQUIRE(tokens.size() == 3 * 77);
  for (int64_t i = 0; i < 3 * 77; ++i) CHECK(tokens[static_cast<size_t>(i)] == i);
}
