// A prompt through both text encoders, with the tiny model of this project.
//
//   build/release/04_encode_text [MODEL]     a folder as diffusers saves it

#include <algorithm>
#include <exception>
#include <iostream>

#include "examples/check.h"
#include "nn/trace.h"
#include "sdxl/pipeline/prompt_features.h"
#include "tensor/ops.h"
#include "tensor/print.h"

using sdxl::StableDiffusionXL;
using sdxl::TextFeatures;
using tensor::Tensor;

bool equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

// One encoder: the embeddings, then the output of each layer; each has a row of features per token.
TextFeatures one_encoder(const StableDiffusionXL& model, const char* text) {
  const auto ids = model.tokenizer_2->encode(text).ids;
  const TextFeatures features = model.text_encoder_2->forward({ids});
  const auto& config = model.text_encoder_2->config();
  check(static_cast<int64_t>(features.hidden_states.size()) == config.num_hidden_layers + 1);
  for (const Tensor& state : features.hidden_states) {
    check(state.shape() == tensor::Shape{1, 77, config.hidden_size});
  }
  check(features.pooled.shape() == tensor::Shape{1, config.projection_dim});
  return features;
}

// A token attends to itself and to earlier tokens, never to later ones. Two prompts that differ in
// their last word have the same features up to that word.
void tokens_look_back_only(const TextFeatures& star, const TextFeatures& heart) {
  const Tensor a = star.hidden_states.back();
  const Tensor b = heart.hidden_states.back();
  check(equal(slice(a, 1, 0, 4), slice(b, 1, 0, 4)));   // start, "a", "large", "yellow"
  check(!equal(slice(a, 1, 4, 5), slice(b, 1, 4, 5)));  // "star" and "heart"
  check(!equal(star.pooled, heart.pooled));             // from the end token, which attends to all
}

// SDXL uses the penultimate layer of both encoders, concatenated along the channels.
void the_context(const StableDiffusionXL& model, const TextFeatures& second, const char* text) {
  const auto ids = model.tokenizer->encode(text).ids;
  const TextFeatures first = model.text_encoder->forward({ids});
  const size_t layers_1 = first.hidden_states.size();
  const size_t layers_2 = second.hidden_states.size();
  const Tensor context =
      concat(first.hidden_states[layers_1 - 2], second.hidden_states[layers_2 - 2], 2);

  const sdxl::PromptFeatures features = encode_prompt(model, {.text = text, .text_2 = ""});
  check(equal(features.context, context));
  check(equal(features.pooled, second.pooled));
  std::cout << "context " << summary(features.context) << '\n';
  std::cout << "pooled  " << summary(features.pooled) << '\n';
}

// Every module's output is recorded under its path: the component, then the checkpoint's name.
void every_module_records(const StableDiffusionXL& model, const char* text) {
  nn::Recorder recorder;
  const TextFeatures features = one_encoder(model, text);
  check(recorder.find("text_encoder_2.text_model.encoder.layers.0.self_attn.out_proj") != nullptr);
  check(equal(*recorder.find("text_encoder_2.text_projection"), features.pooled));
  check(recorder.entries().front().path == "text_encoder_2.text_model.embeddings.token_embedding");
  std::cout << recorder.entries().size() << " modules have run\n";
}

int main(int count, char** words) {
  try {
    const StableDiffusionXL model{
        sdxl::DiffusersFolder(count > 1 ? words[1] : "examples/tiny_sdxl/model")};
    const TextFeatures star = one_encoder(model, "a large yellow star");
    tokens_look_back_only(star, one_encoder(model, "a large yellow heart"));
    the_context(model, star, "a large yellow star");
    every_module_records(model, "a large yellow star");
    std::cout << "every claim holds\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
