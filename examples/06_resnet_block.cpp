// One block of the UNet from its parameters to its output: how a layer is made, loaded and traced.
//
//   build/release/06_resnet_block

#include <algorithm>
#include <cmath>
#include <exception>
#include <iostream>
#include <map>
#include <string>

#include "examples/check.h"
#include "nn/load.h"
#include "nn/parameter.h"
#include "nn/trace.h"
#include "sdxl/unet/resnet_block.h"
#include "tensor/ops.h"
#include "tensor/print.h"
#include "tensor/random.h"

using sdxl::ResnetBlock;
using tensor::Tensor;

float largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor d = a - b;
  float largest = 0.0f;
  for (int64_t i = 0; i < d.size(); ++i) largest = std::max(largest, std::abs(d.data()[i]));
  return largest;
}

// A module's parameters have the checkpoint's names. Its config determines their shapes.
std::map<std::string, Tensor> random_weights(const nn::Module& block) {
  tensor::Generator generator(1);
  std::map<std::string, Tensor> weights;
  for (const nn::Parameter* parameter : nn::all_parameters(block)) {
    weights[parameter->name()] = 0.1f * generator.randn(parameter->shape());
  }
  check(weights.contains("conv1.weight") && weights.contains("time_emb_proj.bias"));
  check(weights.at("conv1.weight").shape() == tensor::Shape{6, 4, 3, 3});
  check(weights.at("conv_shortcut.weight").shape() == tensor::Shape{6, 4, 1, 1});
  return weights;
}

// Loading is strict: a missing weight, an unused weight or a wrong shape is an error that names it.
void loading_is_a_bijection(ResnetBlock& block, std::map<std::string, Tensor> weights) {
  weights.erase("conv2.bias");
  try {
    nn::load(block, "ResnetBlock", nn::WeightSource::from_tensors(weights));
    check(false);
  } catch (const std::runtime_error& error) {
    check(std::string(error.what()).find("missing in file (1):\n    conv2.bias") !=
          std::string::npos);
  }
}

// A Recorder keeps the output of every module, by its path, in the order in which they end.
void the_formula_holds(const ResnetBlock& block, const Tensor& x, const Tensor& temb) {
  nn::Recorder trace;
  const Tensor out = block.forward(x, temb);
  for (const nn::Recorder::Entry& entry : trace.entries()) std::cout << "  " << entry.path << '\n';
  check(trace.entries().size() == 7);  // two norms, two convolutions, Linear, shortcut, the block

  // out = shortcut(x) + conv2(silu(norm2(h)))
  check(largest_difference(out, *trace.find("conv_shortcut") + *trace.find("conv2")) == 0.0f);
  // h = conv1(silu(norm1(x))) + time_emb_proj(silu(temb)): the timestep is one bias per channel.
  const Tensor bias = trace.find("time_emb_proj")->reshape({2, 6, 1, 1});
  const Tensor h = *trace.find("conv1") + bias;
  check(std::abs(mean(h) - mean(*trace.find("conv1")) - mean(bias)) < 1e-6);
  // A GroupNorm's output has mean 0 and deviation 1 in each group, before its weight and bias.
  check(trace.find("norm1")->shape() == x.shape());
}

// Without a timestep's influence the block would be the same at every noise level.
void the_timestep_matters(const ResnetBlock& block, const Tensor& x, const Tensor& temb) {
  check(largest_difference(block.forward(x, temb), block.forward(x, 2.0f * temb)) > 1e-3f);
}

int main() {
  try {
    ResnetBlock block(
        nn::root(),
        {.in_channels = 4, .out_channels = 6, .temb_channels = 8, .groups = 2, .eps = 1e-5f});
    const std::map<std::string, Tensor> weights = random_weights(block);
    loading_is_a_bijection(block, weights);
    nn::load(block, "ResnetBlock", nn::WeightSource::from_tensors(weights));

    tensor::Generator generator(2);
    const Tensor x = generator.randn({2, 4, 5, 7});  // (N, C, H, W)
    const Tensor temb = generator.randn({2, 8});
    const Tensor out = block.forward(x, temb);
    check(out.shape() == tensor::Shape{2, 6, 5, 7});
    std::cout << "out " << summary(out) << '\n';
    the_formula_holds(block, x, temb);
    the_timestep_matters(block, x, temb);
    std::cout << "every claim holds\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
