// Why the autoencoder of SDXL must not decode in half precision: its overflow, made on purpose.
//
//   build/release/05_half_precision [MODEL]     a folder as diffusers saves it, or a single file
//
// The decoder adds up its blocks' outputs, and each block first normalises that sum. So nothing in
// training keeps the sum small: with a sum a thousand times larger the image is the same. In
// float16 it is not. The largest finite value there is 65504, so the sum becomes infinite and the
// image NaN. The published "fp16 fix" is the same decoder with a smaller sum.

#include <algorithm>
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <vector>

#include "examples/check.h"
#include "nn/observe/half_precision.h"
#include "nn/parameter.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/ops.h"
#include "tensor/random.h"

using sdxl::Autoencoder;
using tensor::Tensor;

// A parameter only points at its elements. This list owns the changed weights.
using Weights = std::vector<Tensor>;

bool ends_with_any(const std::string& name, const std::vector<std::string>& ends) {
  return std::ranges::any_of(ends, [&](const std::string& end) { return name.ends_with(end); });
}

// Makes the decoder's running sum `factor` times as large. A layer that computes a term from a
// norm's output gets larger weights. A layer that maps the sum to a sum is linear, so only its bias
// has to grow.
Weights stretch(const Autoencoder& vae, float factor) {
  Weights weights;
  for (nn::Parameter* parameter : nn::all_parameters(vae)) {
    const std::string& name = parameter->name();
    const bool adds = ends_with_any(
        name, {"decoder.conv_in.weight", "decoder.conv_in.bias", "conv2.weight", "conv2.bias",
               "to_out.0.weight", "to_out.0.bias", "conv_shortcut.bias", "upsamplers.0.conv.bias"});
    if (!name.starts_with("decoder.") || !adds) continue;
    weights.push_back(factor * parameter->to_tensor());
    const Tensor& larger = weights.back();
    parameter->set({larger.data(), tensor::DType::f32, larger.shape()});
  }
  return weights;
}

// Prints the largest magnitude in the output of each part of the decoder.
void print(const nn::HalfPrecisionWatch& watch) {
  for (const auto& [path, largest, fits] : watch.rows()) {
    if (std::ranges::count(path, '.') > (path.starts_with("vae.decoder.up_blocks") ? 3 : 2))
      continue;
    std::cout << "  " << std::left << std::setw(28) << path << std::right << std::setw(12)
              << largest << (fits ? "" : "  infinite in float16") << '\n';
  }
  const std::string first = watch.first_overflow();
  std::cout << (first.empty() ? "every module fits float16" : "the first to overflow: " + first)
            << "\n\n";
}

Tensor decode(const Autoencoder& vae, const Tensor& latents, std::string& first_overflow) {
  const nn::HalfPrecisionWatch watch;
  const Tensor image = vae.to_image(latents, false);
  print(watch);
  first_overflow = watch.first_overflow();
  return image;
}

float largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor difference = a - b;
  float largest = 0.0f;
  for (int64_t i = 0; i < difference.size(); ++i) {
    largest = std::max(largest, std::abs(difference.data()[i]));
  }
  return largest;
}

// Makes the sum four times as large, again and again, until a module overflows in float16. In
// float32 the image stays the same.
void overflow_on_purpose(const Autoencoder& vae, const Tensor& latents, const Tensor& image) {
  Weights weights;
  std::string first;
  for (float factor = 4.0f; first.empty(); factor *= 4.0f) {
    Weights before = std::move(weights);  // the new weights are computed from these
    weights = stretch(vae, 4.0f);
    std::cout << "the same decoder, its sum " << factor << " times as large:\n";
    const Tensor again = decode(vae, latents, first);
    check(largest_difference(again, image) < 1e-3f);
  }
  check(first.starts_with("vae.decoder."));
  check(first != "vae.decoder.conv_out");  // the image itself would fit
}

int main(int count, char** words) {
  try {
    const auto model = sdxl::open_checkpoint(count > 1 ? words[1] : "examples/tiny_sdxl/model");
    const std::unique_ptr<Autoencoder> vae = model->autoencoder();
    tensor::Generator generator(7);
    const Tensor latents = generator.randn({1, vae->latent_channels(), 8, 12});

    std::cout << "the decoder as it is:\n";
    std::string first;
    const Tensor image = decode(*vae, latents, first);
    if (first.empty()) overflow_on_purpose(*vae, latents, image);
    std::cout << "every claim holds\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
