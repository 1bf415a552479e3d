#include <filesystem>

#include "sdxl/text/clip_tokenizer.h"
#include "tests/fuzz/support/fuzz.h"

namespace {

const std::string names[] = {"vocab.json",        "merges.txt",
                             "tokenizer.json",    "tokenizer_config.json",
                             "added_tokens.json", "special_tokens_map.json"};

}  // namespace

/// A tokenizer's folder. The input holds its files, each behind a line "==> NAME".
void fuzz::test(std::string_view input) {
  for (const std::string& name : names) std::filesystem::remove(folder() + "/" + name);
  for (size_t start = input.find("==> "); start != input.npos;) {
    const size_t next = std::min(input.find("==> ", start + 4), input.size());
    const std::string_view part = input.substr(start, next - start);
    const size_t line = std::min(part.find('\n'), part.size());
    for (const std::string& name : names) {
      if (part.substr(4, line - 4) != name) continue;
      write_file(name, part.substr(std::min(line + 1, part.size())));
    }
    start = next < input.size() ? next : input.npos;
  }
  expect_result_or_error("", [&] {
    const sdxl::ClipVocabulary vocabulary = [&] {
      try {
        return sdxl::ClipVocabulary::read(folder());
      } catch (const std::exception& error) {
        expect_message(error.what(), folder());
        throw;
      }
    }();
    if (vocabulary.max_length > 1000) return;  // the time grows with it
    const sdxl::ClipTokenizer tokenizer(vocabulary);
    const auto encoding =
        tokenizer.encode("A red low fox's 12 <|endoftext|> \xc3\xa9\xf0\x9f\xa6\x8a");
    expect(std::ssize(encoding.ids) == tokenizer.max_length(), "there are too many ids");
  });
}
