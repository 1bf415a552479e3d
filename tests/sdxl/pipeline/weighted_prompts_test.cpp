#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "sdxl/adapters/add_embeddings.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// Prompts of tests/make_goldens/prompts.py on tiny models.

using namespace sdxl;

namespace {

constexpr double limit = 1e-5;  // relative L2

void check_equal(const std::string& name, const Tensor& ours, const Tensor& theirs) {
  CAPTURE(name);
  REQUIRE(ours.shape() == theirs.shape());
  CHECK(nn::difference(name, ours, theirs).relative < limit);
}

void check_features(const support::PipelineGolden& golden, const PipelineArguments& args) {
  const PromptFeatures positive =
      encode_prompt(golden.model, {args.prompt, args.prompt_2, args.prompt_syntax});
  check_equal("context", positive.context, golden.golden.output("context"));
  check_equal("pooled", positive.pooled, golden.golden.output("pooled"));
  if (!golden.golden.has_output("negative_context")) return;
  const PromptFeatures negative =
      encode_negative_prompt(golden.model, args.negative_prompt, "", positive, args.prompt_syntax);
  check_equal("negative context", negative.context, golden.golden.output("negative_context"));
  check_equal("negative pooled", negative.pooled, golden.golden.output("negative_pooled"));
}

void check_run(support::PipelineGolden& golden) {
  TextToImage args;
  args.size = {golden.call.at("height"), golden.call.at("width")};
  golden.read(args, args.size);
  if (args.prompt_syntax != PromptSyntax::plain) check_features(golden, args);
  golden.check([&](Scheduler& scheduler, NoiseSource& noise, const StepHooks& hooks) {
    return text_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

bool are_same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

std::filesystem::path embedding(const std::string& name) {
  return support::test_file("goldens/embeddings/" + name + ".safetensors");
}

}  // namespace

TEST_CASE("weighted prompts: features and images are those of the published rules") {
  for (const char* name : {"a1111_guided", "a1111_unguided", "compel_guided", "compel_unguided"}) {
    CAPTURE(name);
    support::PipelineGolden golden(std::string("prompts_") + name);
    check_run(golden);
  }
}

TEST_CASE("weighted prompts: an embedding draws what diffusers draws") {
  support::PipelineGolden both("prompts_embedding_guided");
  add_embeddings(both.model, {{embedding("ring"), {"<ring>"}}});
  check_run(both);
  support::PipelineGolden two_files("prompts_embedding_unguided");
  add_embeddings(two_files.model, {{embedding("learned_embeds")}, {embedding("learned_embeds_2")}});
  check_run(two_files);
}

TEST_CASE("weighted prompts: without marks a short prompt has the bits of a plain one") {
  for (const char* name : {"three_levels_f32", "sd_1_f32", "refiner_f16"}) {
    CAPTURE(name);
    const StableDiffusionXL model(open_checkpoint(support::tiny_model(name)));
    const PromptFeatures plain = encode_prompt(model, {"a red star, blue", ""});
    for (const PromptSyntax syntax : {PromptSyntax::a1111, PromptSyntax::compel}) {
      const PromptFeatures features = encode_prompt(model, {"a red star, blue", "", syntax});
      CHECK(are_same_bits(features.context, plain.context));
      CHECK(are_same_bits(features.pooled, plain.pooled));
    }
    const PromptFeatures weighted =
        encode_prompt(model, {"a red (star:1.5), blue", "", PromptSyntax::a1111});
    CHECK(!are_same_bits(weighted.context, plain.context));
    CHECK(are_same_bits(weighted.pooled, plain.pooled));
  }
}

TEST_CASE("weighted prompts: both encoders and both halves have as many chunks") {
  const StableDiffusionXL model(open_checkpoint(support::tiny_model("three_levels_f32")));
  TextToImage args;
  args.prompt = "a star";
  args.prompt_2 = "a ring BREAK a moon";
  args.negative_prompt = "a BREAK b BREAK c";
  args.prompt_syntax = PromptSyntax::a1111;
  const int64_t length = 3 * 77;
  CHECK(context_length(model, args) == length);
  const Guidance guidance = make_guidance(model, args);
  CHECK(guidance.cond.context.shape() == tensor::Shape{1, length, 28});
  CHECK(guidance.uncond.context.shape() == guidance.cond.context.shape());
  const Tensor empty = encode_prompt(model, {"", ""}).context;
  CHECK(are_same_bits(slice(guidance.cond.context, 1, 2 * 77, 3 * 77), empty));

  args.negative_prompt.reset();  // zeros, of the prompt's length
  CHECK(context_length(model, args) == 2 * 77);
  CHECK(make_guidance(model, args).uncond.context.shape() == tensor::Shape{1, 2 * 77, 28});
  args.guidance_scale = 1.0;
  args.negative_prompt = "a BREAK b BREAK c";
  CHECK(make_guidance(model, args).cond.context.dim(1) == 2 * 77);
}

TEST_CASE("weighted prompts: marks that are wrong are an error of the encoding") {
  const StableDiffusionXL model(open_checkpoint(support::tiny_model("three_levels_f32")));
  for (const PromptSyntax syntax : {PromptSyntax::a1111, PromptSyntax::compel}) {
    CHECK_THROWS_AS(encode_prompt(model, {"a (star", "", syntax}), std::invalid_argument);
    CHECK_THROWS_AS(encode_prompt(model, {"a", "(star", syntax}), std::invalid_argument);
  }
}
