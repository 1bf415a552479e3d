#include "nn/module.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "nn/group_norm.h"
#include "nn/linear.h"
#include "nn/load.h"
#include "nn/module_list.h"
#include "nn/observe/compare.h"
#include "nn/observe/path_pattern.h"
#include "nn/observe/teacher_forcing.h"
#include "nn/parameter.h"
#include "nn/trace.h"
#include "tensor/ops.h"

using tensor::Shape;
using tensor::Tensor;

namespace {

/// Two linear layers, the second one in a list.
class Pair : public nn::Module {
 public:
  explicit Pair(const nn::Slot& slot)
      : Module(slot), first(child("first"), 2, 3), rest(child("rest")) {
    rest.add(3, 1, nn::Linear::Bias::no);
  }
  Tensor forward(const Tensor& x) const {
    record_inputs({{"x", x}, {"absent", Tensor()}});
    return record(rest[0].forward(first.forward(x)));
  }

  nn::Linear first;
  nn::ModuleList<nn::Linear> rest;
};

/// Weights for Pair.
struct PairWeights {
  std::map<std::string, Tensor> tensors = {
      {"first.weight", Tensor::from({3, 2}, {1, 0, 0, 1, 1, 1})},
      {"first.bias", Tensor::from({3}, {0, 0, 1})},
      {"rest.0.weight", Tensor::from({1, 3}, {1, 10, 100})},
  };
  nn::WeightSource source() const {
    return nn::WeightSource::from_tensors(tensors, "pair.safetensors");
  }
};

std::vector<std::string> names(const nn::Module& module) {
  std::vector<std::string> result;
  for (const nn::Parameter* parameter : nn::all_parameters(module))
    result.push_back(parameter->name());
  return result;
}

}  // namespace

TEST_CASE("nn: names come from the tree of modules") {
  const Pair pair(nn::root());
  CHECK(pair.rest[0].path() == "rest.0");
  CHECK(names(pair) == std::vector<std::string>{"first.weight", "first.bias", "rest.0.weight"});
}

TEST_CASE("nn: paths begin with the root's name and parameters' names do not") {
  Pair pair(nn::root("unet"));
  CHECK(pair.path() == "unet");
  CHECK(pair.rest[0].path() == "unet.rest.0");
  CHECK(names(pair) == names(Pair(nn::root())));
  pair.put_below("refiner");
  CHECK(nn::all_paths(pair) == std::vector<std::string>{"refiner.unet", "refiner.unet.first",
                                                        "refiner.unet.rest",
                                                        "refiner.unet.rest.0"});
  CHECK(names(pair) == names(Pair(nn::root())));
  CHECK_THROWS_WITH(pair.first.forward(Tensor::zeros({1, 5})),
                    "refiner.unet.first: Linear expects last dim 2, got input (1, 5)");
  // A layer of its own, with parameters, may be a root too.
  CHECK(names(nn::Linear(nn::root("layer"), 2, 3)) == std::vector<std::string>{"weight", "bias"});
}

TEST_CASE("nn: a loaded model computes and an unloaded one names the missing weight") {
  Pair pair(nn::root());
  CHECK_THROWS_WITH(pair.rest[0].forward(Tensor::zeros({1, 3})),
                    "rest.0.weight: no weights were loaded; call nn::load first");
  const PairWeights weights;
  nn::load(pair, "Pair", weights.source());
  CHECK(pair.forward(Tensor::from({1, 2}, {2, 3})).at({0, 0}) == 2 + 30 + 600);
  CHECK_THROWS_WITH(pair.forward(Tensor::zeros({1, 5})),
                    "first: Linear expects last dim 2, got input (1, 5)");
}

TEST_CASE("nn: loading lists all tensors that are missing or unused or of another shape") {
  Pair pair(nn::root());
  PairWeights weights;
  weights.tensors["frist.bias"] = weights.tensors.at("first.bias");
  weights.tensors.erase("first.bias");
  weights.tensors["rest.0.weight"] = Tensor::zeros({1, 4});
  weights.tensors["unheard_of.weight"] = Tensor::zeros({1});
  CHECK_THROWS_WITH(nn::load(pair, "Pair", weights.source()),
                    "load: pair.safetensors does not fit Pair (3 parameters)\n"
                    "  missing in file (1):\n"
                    "    first.bias\n"
                    "  unused in file (2):\n"
                    "    frist.bias (did you mean first.bias?)\n"
                    "    unheard_of.weight\n"
                    "  wrong shape (1):\n"
                    "    rest.0.weight: model (1, 3), file (1, 4)");
}

TEST_CASE("nn: loading shows the names in a file without their control characters") {
  Pair pair(nn::root());
  PairWeights weights;
  weights.tensors["\x1b[31m" + std::string(1000, 'x')] = Tensor::zeros({1});
  try {
    nn::load(pair, "Pair", weights.source());
    FAIL("accepted");
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    CHECK(message.find("\\x1b[31mxxx") != std::string::npos);
    CHECK(message.find('\x1b') == std::string::npos);
    CHECK(message.size() < 400);
  }
}

TEST_CASE("nn: a model shares the tensors it was loaded from and frees them") {
  auto pair = std::make_unique<Pair>(nn::root());
  Tensor first = Tensor::from({3, 2}, {1, 0, 0, 1, 1, 1});
  Tensor second = Tensor::full({3, 2}, 1.0f);
  {
    PairWeights weights;
    weights.tensors["first.weight"] = first;
    nn::load(*pair, "Pair", weights.source());
  }
  CHECK(pair->forward(Tensor::from({1, 2}, {2, 3})).at({0, 0}) == 2 + 30 + 600);
  CHECK_THROWS_AS(first.mutable_data(), std::logic_error);  // the model holds it too

  PairWeights weights;
  weights.tensors["first.weight"] = second;
  weights.tensors["more"] = second;
  CHECK_THROWS_AS(nn::load(*pair, "Pair", weights.source()), std::runtime_error);
  CHECK(pair->forward(Tensor::from({1, 2}, {2, 3})).at({0, 0}) == 2 + 30 + 600);
  weights.tensors.erase("more");
  nn::load(*pair, "Pair", weights.source());
  CHECK_NOTHROW(first.mutable_data());
  weights.tensors.clear();
  CHECK(pair->forward(Tensor::from({1, 2}, {2, 3})).at({0, 0}) == 5 + 50 + 600);
  CHECK_NOTHROW(pair->release_pages());  // there are none
  CHECK_THROWS_AS(second.mutable_data(), std::logic_error);
  pair.reset();
  CHECK_NOTHROW(second.mutable_data());
}

TEST_CASE("nn: a recorder sees outputs in the order in which modules end") {
  Pair pair(nn::root("unet"));
  const PairWeights weights;
  nn::load(pair, "Pair", weights.source());
  const nn::Recorder all;
  const nn::Recorder some([](const std::string& path) { return path.starts_with("unet.rest"); });
  pair.forward(Tensor::from({1, 2}, {2, 3}));
  pair.forward(Tensor::from({1, 2}, {0, 0}));
  REQUIRE(all.entries().size() == 3);
  CHECK(all.entries()[0].path == "unet.first");
  CHECK(all.entries()[1].path == "unet.rest.0");
  CHECK(all.entries()[2].path == "unet");
  // The second run lies below the first, as if both had been one batch.
  CHECK(all.find("unet")->shape() == Shape{2, 1});
  CHECK(all.find("unet")->at({1, 0}) == 100);
  CHECK(all.find("elsewhere") == nullptr);
  CHECK(some.entries().size() == 1);
}

TEST_CASE("nn: a recorder keeps inputs by name on request") {
  Pair pair(nn::root("unet"));
  const PairWeights weights;
  nn::load(pair, "Pair", weights.source());
  const nn::Recorder both(nullptr, nn::Recorder::Keep::inputs_and_outputs);
  const nn::Recorder outputs;
  const Tensor x = Tensor::from({1, 2}, {2, 3});
  pair.forward(x);
  std::vector<std::string> paths;
  for (const auto& entry : both.inputs()) paths.push_back(entry.path);
  // Parents begin before their children; an absent argument has no entry.
  CHECK(paths ==
        std::vector<std::string>{"inputs/unet/x", "inputs/unet.first/x", "inputs/unet.rest.0/x"});
  CHECK(both.find("inputs/unet/x")->data() == x.data());  // shared, not copied
  CHECK(both.find("inputs/unet.rest.0/x")->data() == both.find("unet.first")->data());
  CHECK(both.entries().size() == 3);
  CHECK(outputs.inputs().empty());
}

TEST_CASE("nn: no op overwrites an input that an observer holds") {
  nn::GroupNorm norm(nn::root("norm"), 1, 2, 1e-5f);
  const Tensor ones = Tensor::full({2}, 1.0f);
  for (nn::Parameter* parameter : norm.parameters()) {
    parameter->set({ones.data(), tensor::DType::f32, ones.shape()});
  }
  const auto run = [&] {
    Tensor x = Tensor::from({1, 2, 1, 1}, {1, 3});
    const float* elements = x.data();
    return norm.forward(std::move(x)).data() == elements;
  };
  CHECK(run());  // without observers the norm takes over the memory of a temporary
  {
    const nn::Recorder outputs;
    CHECK(run());  // an observer that keeps no inputs changes nothing
  }
  const nn::Recorder both(nullptr, nn::Recorder::Keep::inputs_and_outputs);
  CHECK_FALSE(run());
  CHECK(both.find("inputs/norm/x")->at({0, 1, 0, 0}) == 3);
}

TEST_CASE("nn: a path matches a pattern with stars and question marks") {
  CHECK(nn::matches("mid_block.resnets.0", "mid_block.resnets.0"));
  CHECK(!nn::matches("mid_block.resnets.0", "mid_block.resnets.0.conv1"));
  CHECK(!nn::matches("resnets.0", "mid_block.resnets.0"));
  CHECK(nn::matches("*.attn2", "mid_block.attentions.0.transformer_blocks.1.attn2"));
  CHECK(!nn::matches("*.attn2", "mid_block.attentions.0.transformer_blocks.1.attn2.to_q"));
  CHECK(nn::matches("*a*b", "aabab"));
  CHECK(nn::matches("**", "x"));
  CHECK(nn::matches("up_blocks.?.resnets.*", "up_blocks.2.resnets.0.norm1"));
  CHECK(!nn::matches("up_blocks.?.resnets.*", "up_blocks.12.resnets.0"));
  CHECK(!nn::matches("?", ""));
  CHECK(nn::matches("*", ""));
}

TEST_CASE("nn: a recorder takes patterns and reports those without a match") {
  const Pair pair(nn::root());
  CHECK(nn::all_paths(pair) == std::vector<std::string>{"first", "rest", "rest.0"});
  const nn::Recorder::Filter filter = nn::paths_like({"fir*", "*.0"});
  CHECK(filter("first"));
  CHECK(filter("rest.0"));
  CHECK(!filter("rest"));
  CHECK(nn::paths_like({})("anything"));
  CHECK_NOTHROW(nn::expect_matches("--paths", {"*", "rest.?"}, nn::all_paths(pair)));
  CHECK_THROWS_WITH(nn::expect_matches("--paths", {"*", "rest.1"}, nn::all_paths(pair)),
                    "--paths: no module's path is like rest.1; the nearest: rest.0");
  CHECK_THROWS_WITH(nn::expect_matches("--paths", {"first"}, nn::all_paths(Pair(nn::root("unet")))),
                    "--paths: no module's path is like first; the nearest: unet.first");
}

TEST_CASE("nn: the first module with a NaN in its output is found") {
  Pair pair(nn::root());
  PairWeights weights;
  weights.tensors["rest.0.weight"] = Tensor::from({1, 3}, {1, NAN, 1});
  nn::load(pair, "Pair", weights.source());
  const nn::NonFiniteFinder finder;
  pair.forward(Tensor::from({1, 2}, {2, 3}));
  CHECK(finder.found());
  CHECK(finder.path() == "rest.0");
}

TEST_CASE("nn: a comparison names the first path beyond the limit") {
  const Tensor x = Tensor::from({2}, {3, 4});
  const std::vector<nn::Recorder::Entry> theirs = {{"a", x}, {"b", x}, {"c", x}};
  CHECK(nn::compare(theirs, theirs).verdict(0.0) == "");
  const std::vector<nn::Recorder::Entry> ours = {
      {"a", x}, {"b", Tensor::from({2}, {3, 4.5})}, {"c", x}};
  CHECK(nn::compare(ours, theirs).verdict(0.2) == "");
  CHECK(nn::compare(ours, theirs).verdict(0.05) ==
        "first divergence at b: max |d| 0.5, rel 0.1 (limit 0.05); 1 outputs before it agree");

  const auto verdict = [&](const Tensor& b) {
    return nn::compare({{"a", x}, {"b", b}}, {{"a", x}, {"b", x}}).verdict(1e9);
  };
  CHECK(
      verdict(Tensor::from({1, 2}, {3, 4})) ==
      "first divergence at b: shapes differ: ours (1, 2), theirs (2,); 1 outputs before it agree");
  CHECK(verdict(Tensor::from({2}, {NAN, 4})) ==
        "first divergence at b: element 0 is nan here and 3 there; 1 outputs before it agree");
  CHECK(nn::compare({}, theirs).verdict(1.0) ==
        "first divergence at a: only in the reference; 0 outputs before it agree");
  CHECK(nn::compare(theirs, {}).verdict(1.0) ==
        "first divergence at a: only in ours; 0 outputs before it agree");
  // A reference of zeros has no size to measure by: the difference itself counts.
  const Tensor zeros = Tensor::zeros({2});
  CHECK(nn::compare({{"a", zeros}}, {{"a", zeros}}).verdict(0.0) == "");
  CHECK(nn::compare({{"a", x}}, {{"a", zeros}}).verdict(1.0) != "");
}

TEST_CASE("nn: under teacher forcing a difference stays in the module that causes it") {
  Pair pair(nn::root());
  PairWeights weights;
  nn::load(pair, "Pair", weights.source());
  nn::Recorder truth;
  pair.forward(Tensor::from({1, 2}, {2, 3}));
  const std::vector<nn::Recorder::Entry> entries = truth.entries();
  const nn::Reference reference = [&](const std::string& path) {
    for (const auto& entry : entries) {
      if (entry.path == path) return entry.tensor;
    }
    return Tensor();
  };
  weights.tensors["first.bias"] = Tensor::from({3}, {0, 0, 2});
  nn::load(pair, "Pair", weights.source());
  const nn::Comparer free(reference);
  const nn::TeacherForcing forced(reference);
  // Observers see what the earlier ones left: `free` comes first and sees each module's own output.
  CHECK(pair.forward(Tensor::from({1, 2}, {2, 3})).at({0, 0}) == 2 + 30 + 600);
  REQUIRE(forced.comparison().rows.size() == 3);
  CHECK(forced.comparison().rows[0].max_absolute == 1.0);
  CHECK(forced.comparison().rows[1].max_absolute == 0.0);
  CHECK(forced.comparison().find("rest.0")->relative == 0.0);
}

TEST_CASE("nn: infinity differs from every value and a constant factor is found") {
  const Tensor finite = Tensor::from({2}, {1, 2});
  const Tensor infinite = Tensor::from({2}, {1, INFINITY});
  CHECK(nn::difference("x", finite, infinite).is_beyond(1e-5));
  CHECK(nn::difference("x", infinite, infinite).problem == "element 1 is inf here and inf there");
  const nn::Difference twice = nn::difference("x", Tensor::from({2}, {2, 4}), finite);
  CHECK(twice.factor == 2.0);
  CHECK(twice.residual == doctest::Approx(0.0));
}
