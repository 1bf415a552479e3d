#include "sdxl/vae/vae_aliases.h"

#include <doctest/doctest.h>

#include <numeric>

#include "nn/parameter.h"
#include "sdxl/vae/vae_blocks.h"

using tensor::Shape;

namespace {

/// A model that has only the middle of an encoder, at its usual place.
class Middle : public nn::Module {
 public:
  Middle() : Module(nn::root()), mid_block(child("mid_block"), 4, 2, true) {}

 private:
  sdxl::UNetMidBlock2D mid_block;
};

const std::vector<float> numbers(16);

tensor::WeightView view(const Shape& shape) { return {numbers.data(), tensor::DType::f32, shape}; }

const std::string attention = "mid_block.attentions.0.";

}  // namespace

TEST_CASE("vae: old names of the middle attention load, also as 1x1 convolutions") {
  nn::WeightSource source{"vae.safetensors", {}};
  for (const std::string name : {"query", "key", "value", "proj_attn"}) {
    source.weights[attention + name + ".weight"] =
        view(name == "key" ? Shape{4, 4} : Shape{4, 4, 1, 1});
    source.weights[attention + name + ".bias"] = view({4});
  }
  source.weights["query.weight"] = view({4, 4, 1, 1});  // of no attention: left alone

  const nn::WeightSource current = sdxl::with_current_names(source);
  CHECK(current.weights.size() == 9);
  for (const std::string name : {"to_q", "to_k", "to_v", "to_out.0"}) {
    CHECK(current.weights.at(attention + name + ".weight").shape == Shape{4, 4});
    CHECK(current.weights.at(attention + name + ".bias").shape == Shape{4});
  }
  CHECK(current.weights.at("query.weight").shape == Shape{4, 4, 1, 1});
  CHECK(current.description ==
        "vae.safetensors (8 weights renamed: query, key, value, proj_attn are now to_q, to_k, "
        "to_v, to_out.0)");
}

TEST_CASE("vae: current names are unchanged and a file with old and new names is refused") {
  Middle model;
  nn::WeightSource source{"vae.safetensors", {}};
  const std::vector<float> enough(1000);
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    source.weights[parameter->name()] = {enough.data(), tensor::DType::f32, parameter->shape()};
  }
  const nn::WeightSource same = sdxl::with_current_names(source);
  CHECK(same.description == "vae.safetensors");
  CHECK_NOTHROW(nn::load(model, "Middle", same));

  source.weights[attention + "query.weight"] = view({4, 4});
  CHECK_THROWS_WITH(nn::load(model, "Middle", sdxl::with_current_names(source)),
                    doctest::Contains("mid_block.attentions.0.query.weight"));
}
