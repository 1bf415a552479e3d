#include <string>
#include <string_view>

#include "sdxl/text/clip_vocabulary.h"
#include "sdxl/text/merges_text.h"

namespace sdxl {

namespace {

using namespace std::string_view_literals;

/// sdxl/text/data/clip_merges.txt, which the build writes as C++ (cmake/embed_text.cmake).
const std::string_view merges_text[] = {
#include "clip_merges.inc"
};

std::string all_merges() {
  std::string text;
  for (const std::string_view lines : merges_text) text += lines;
  return text;
}

}  // namespace

ClipVocabulary ClipVocabulary::openai(const std::string& pad_token) {
  ClipVocabulary v;
  v.source = "OpenAI's CLIP vocabulary";
  v.merges = parse_merges(all_merges(), v.source);
  v.pad_token = pad_token;

  const auto add = [&v](const std::string& token) {
    v.ids.emplace(token, static_cast<int64_t>(v.ids.size()));
  };
  for (const uint8_t byte : bytes_in_vocabulary_order()) add(byte_symbols()[byte]);
  for (const uint8_t byte : bytes_in_vocabulary_order()) add(byte_symbols()[byte] + "</w>");
  for (const auto& [left, right] : v.merges) add(left + right);
  for (const std::string& token : {v.bos_token, v.eos_token}) add(token);
  v.add_special_tokens();
  return v;
}

}  // namespace sdxl
