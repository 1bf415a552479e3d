#include "sdxl/inspect/words.h"
#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/text/unicode.h"
#include "sdxl/text/word_splitter.h"
#include "tests/fuzz/support/fuzz.h"

/// A prompt: its characters, words and tokens.
void fuzz::test(std::string_view input) {
  static const auto tokenizer = sdxl::ClipTokenizer::openai();
  expect_result_or_error("", [&] {
    const std::u32string text = sdxl::unicode::from_utf8(input);
    expect(sdxl::unicode::to_utf8(text) == input, "UTF-8 changed on the way there and back");
    const std::u32string composed = sdxl::unicode::compose(text);
    expect(sdxl::unicode::compose(composed) == composed, "NFC of NFC is another text");
    size_t letters = 0, in_words = 0;
    for (const char32_t c : composed) letters += sdxl::unicode::is_white_space(c) ? 0 : 1;
    for (const std::u32string_view word : sdxl::split_words(composed)) {
      expect(!word.empty(), "a word is empty");
      in_words += word.size();
    }
    expect(in_words == letters, "the words have not all letters");

    const sdxl::ClipTokenizer::Encoding encoding = tokenizer.encode(input);
    expect(encoding.ids.size() == 77 && encoding.pieces.size() == 77, "there are not 77 tokens");
    size_t tokens = 0;
    for (const sdxl::Word& word : sdxl::words_of(encoding)) tokens += word.tokens.size();
    for (const sdxl::Word& word : sdxl::tokens_around_words(encoding)) tokens += word.tokens.size();
    expect(tokens == 77, "the words have not every token once");
  });
  for (const auto syntax : {sdxl::PromptSyntax::a1111, sdxl::PromptSyntax::compel}) {
    expect_result_or_error("", [&] {
      size_t tokens = 0;
      const auto chunks = sdxl::prompt_chunks(tokenizer, syntax, std::string(input));
      const size_t length = 77 * chunks.size();
      for (const sdxl::Word& word : words_of(chunks)) tokens += word.tokens.size();
      for (const sdxl::Word& word : tokens_around_words(chunks, static_cast<int64_t>(length))) {
        tokens += word.tokens.size();
      }
      expect(tokens == length, "the words of all chunks have not every token once");
    });
  }
}
