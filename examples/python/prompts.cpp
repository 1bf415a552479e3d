// What a prompt becomes, without a run.
#include "examples/python/bind.h"
#include "sdxl/inspect/words.h"
#include "sdxl/pipeline/prompt_features.h"

namespace glassbox {

using namespace sdxl;  // NOLINT: the classes that are bound

void bind_prompts(nb::module_& m) {
  m.def(
      "encode_prompt",
      [](const StableDiffusionXL& model, const std::string& prompt, const std::string& prompt_2,
         int64_t clip_skip, const std::string& syntax) {
        const PromptFeatures features = run([&] {
          return encode_prompt(model, {prompt, prompt_2, prompt_syntax(syntax)}, clip_skip);
        });
        return nb::make_tuple(array_of(features.context), array_of(features.pooled));
      },
      "model"_a, "prompt"_a, "prompt_2"_a = "", "clip_skip"_a = 0, "prompt_syntax"_a = "plain",
      "-> the features of each token (1, 77 k, C), and of the whole text (1, P). A plain prompt "
      "is one chunk, k = 1.");
  m.def(
      "prompt_words",
      [](const ClipTokenizer& tokenizer, const std::string& prompt, const std::string& syntax) {
        std::vector<std::pair<std::string, std::vector<int64_t>>> words;
        for (const Word& word : words_of(prompt_chunks(tokenizer, prompt_syntax(syntax), prompt))) {
          words.emplace_back(word.text, word.tokens);
        }
        return words;
      },
      "tokenizer"_a, "prompt"_a, "prompt_syntax"_a = "plain",
      "(word, positions of its tokens in the context), of all chunks of a prompt.");
}

}  // namespace glassbox
