#include "examples/cli/attention_selection.h"

#include <algorithm>

#include "examples/cli/drawing.h"
#include "nn/observe/path_pattern.h"
#include "tensor/error.h"

namespace cli {

namespace {

using sdxl::AttentionMaps;
using sdxl::Word;

std::vector<sdxl::PromptChunk> chunks_of_prompt(const AttentionOptions& o,
                                                const sdxl::StableDiffusionXL& model) {
  const sdxl::ClipTokenizer& tokenizer = model.tokenizer ? *model.tokenizer : *model.tokenizer_2;
  return prompt_chunks(tokenizer, o.generate.prompts.prompt_syntax(), o.generate.prompt);
}

/// The number of tokens that the UNet sees.
int64_t context_length(const AttentionOptions& o, const sdxl::StableDiffusionXL& model) {
  sdxl::PipelineArguments args;
  o.generate.apply(args, {});
  return sdxl::context_length(model, args);
}

/// The words to show: all, or those of --words.
std::vector<Word> chosen_words(const AttentionOptions& o,
                               const std::vector<sdxl::PromptChunk>& prompt) {
  const std::vector<Word> all = sdxl::words_of(prompt);
  std::string known;
  for (const Word& word : all) known += (known.empty() ? "" : ", ") + word.text;
  if (all.empty()) tensor::fail("--prompt: expected at least one word, got none");
  if (o.words.empty()) return all;

  std::vector<Word> chosen;
  for (const std::string& text : o.words) {
    const size_t before = chosen.size();
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const Word& word) { return word.text == text; });
    if (chosen.size() > before) continue;
    tensor::fail("--words: {} is no word of the prompt; expected some of {}",
                 tensor::printable(text, 60), tensor::printable(known));
  }
  return chosen;
}

/// Errors: std::runtime_error for a pattern that matches modules, but none of these layers.
void expect_attention(const std::string& kind, const std::vector<std::string>& patterns,
                      const std::vector<std::string>& layers,
                      const std::vector<std::string>& all_paths) {
  const auto is_met = [](const std::string& pattern, const std::vector<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return nn::matches(pattern, path); });
  };
  for (const std::string& pattern : patterns) {
    if (is_met(pattern, layers) || !is_met(pattern, all_paths)) continue;
    tensor::fail("--layers: {} has no {} of its own; expected a layer such as {}", pattern, kind,
                 layers.front());
  }
  nn::expect_matches("--layers", patterns, layers);
}

/// The attention modules whose path matches --layers.
std::vector<const sdxl::Attention*> chosen_layers(const AttentionOptions& o,
                                                  const sdxl::StableDiffusionXL& model) {
  const bool is_self = !o.from.empty();
  std::vector<const sdxl::Attention*> layers =
      attentions_of(model.unet, is_self ? "attn1" : "attn2");
  std::vector<std::string> paths;
  for (const sdxl::Attention* layer : layers) paths.push_back(layer->path());
  if (paths.empty()) tensor::fail("the model's UNet has no attention; there is nothing to show");
  expect_attention(is_self ? "self-attention" : "cross-attention", o.layers, paths,
                   nn::all_paths(model.unet));
  const nn::Recorder::Filter is_like = nn::paths_like(o.layers);
  std::erase_if(layers, [&](const sdxl::Attention* layer) { return !is_like(layer->path()); });

  int64_t heads = 0;
  for (const sdxl::Attention* layer : layers) heads = std::max(heads, layer->heads());
  if (o.head >= heads) {
    tensor::fail("--head {}: no chosen layer has such a head; expected 0 to {}", o.head, heads - 1);
  }
  return layers;
}

}  // namespace

AttentionMaps::Selection attention_selection(const AttentionOptions& o,
                                             const sdxl::StableDiffusionXL& model) {
  std::vector<std::string> paths;
  for (const sdxl::Attention* layer : chosen_layers(o, model)) paths.push_back(layer->path());
  AttentionMaps::Selection q{.rows = o.rows(), .head = o.head, .step = o.step};
  q.layers = [paths](const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  if (o.from.empty()) {
    const std::vector<sdxl::PromptChunk> prompt = chunks_of_prompt(o, model);
    q.words = chosen_words(o, prompt);
    const auto around = sdxl::tokens_around_words(prompt, context_length(o, model));
    q.words.insert(q.words.end(), around.begin(), around.end());
  } else {
    const Start start = read_start(o.generate, model);
    q.places = o.places(image_size(o.generate, model, start.image), model.vae->pixels_per_latent());
  }
  return q;
}

}  // namespace cli
