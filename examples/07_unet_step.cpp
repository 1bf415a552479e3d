// One step of denoising: the UNet's inputs, its output, and the scheduler's step from one noise
// level to the next, with the tiny model of this project.
//
//   build/release/07_unet_step [MODEL]     a folder as diffusers saves it

#include <algorithm>
#include <cmath>
#include <exception>
#include <iostream>

#include "examples/check.h"
#include "nn/trace.h"
#include "sdxl/pipeline/guidance.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/ops.h"
#include "tensor/print.h"

using sdxl::Guidance;
using sdxl::StableDiffusionXL;
using tensor::Tensor;

float largest(const Tensor& x) {
  float value = 0.0f;
  for (int64_t i = 0; i < x.size(); ++i) value = std::max(value, std::abs(x.data()[i]));
  return value;
}

// The two conditionings of guidance, with and without the prompt, and the sizes of section 2.2 of
// the paper.
Guidance guidance_for(const StableDiffusionXL& model, const char* prompt) {
  const sdxl::PixelSize size = model.default_size();
  const Tensor sizes = sdxl::time_ids({.original_size = size, .target_size = size}, 1);
  check(sizes.shape() == tensor::Shape{1, 6});
  const sdxl::PromptFeatures text = encode_prompt(model, {prompt, ""});
  const sdxl::PromptFeatures none = encode_negative_prompt(model, std::nullopt, "", text);
  return {.cond = {text.context, text.pooled, sizes, {}},
          .uncond = {none.context, none.pooled, sizes, {}},
          .scale = 4};
}

// Guidance runs the UNet with and without the prompt, and extrapolates from the second prediction
// through the first.
Tensor guidance_extrapolates(const StableDiffusionXL& model, const Tensor& x, float t,
                             const Guidance& guidance) {
  const Tensor eps_cond = model.unet.forward(x, t, guidance.cond);
  const Tensor eps_uncond = model.unet.forward(x, t, guidance.uncond);
  const Tensor eps = predict_guided(model.unet, x, t, guidance);
  check(eps.shape() == x.shape());
  const Tensor by_hand = eps_uncond + 4.0f * (eps_cond - eps_uncond);
  check(largest(eps - by_hand) < 1e-4f * largest(eps));
  check(largest(eps_cond - eps_uncond) > 0.0f);  // the prompt changes the prediction
  return eps;
}

// Every block of the U halves or doubles the height and width on its way.
void the_u_shrinks_and_grows(const StableDiffusionXL& model, const Tensor& x, float t,
                             const Guidance& guidance) {
  nn::Recorder trace;
  model.unet.forward(x, t, guidance.cond);
  const size_t levels = model.unet.config().levels();
  for (size_t level = 0; level < levels; ++level) {
    const Tensor& down = *trace.find("unet.down_blocks." + std::to_string(level));
    const Tensor& up = *trace.find("unet.up_blocks." + std::to_string(level));
    std::cout << "  down " << level << ' ' << down.shape().str() << "   up " << level << ' '
              << up.shape().str() << '\n';
  }
  const Tensor& middle = *trace.find("unet.mid_block");
  check(middle.dim(2) << (levels - 1) == x.dim(2));
  check(trace.find("unet.up_blocks." + std::to_string(levels - 1))->dim(2) == x.dim(2));
}

int main(int count, char** words) {
  try {
    const StableDiffusionXL model{
        sdxl::DiffusersFolder(count > 1 ? words[1] : "examples/tiny_sdxl/model")};
    const Guidance guidance = guidance_for(model, "a large yellow star on a blue background");
    const auto scheduler = sdxl::make_scheduler(model.scheduler_config, "euler");
    scheduler->set_timesteps(25);
    const int i = 10;  // in the middle of the run
    const float t = scheduler->timesteps()[i];

    // A sample of step i: x = signal x_0 + noise eps. Here x_0 is 0, a grey image.
    sdxl::SeededNoise noise(1);
    const sdxl::PixelSize size = model.default_size();
    const int64_t pixels = model.vae->pixels_per_latent();
    const Tensor unit = noise.draw({1, 4, size.height / pixels, size.width / pixels});
    const Tensor x0 = 0.0f * unit;
    const Tensor x = scheduler->add_noise(x0, unit, i);
    const sdxl::NoiseLevel level = scheduler->level(i);
    std::cout << "step " << i << ": timestep " << t << ", sigma " << level.noise << '\n';
    check(largest(x - level.noise * unit) < 1e-5f * largest(x));

    // The UNet expects a sample of variance 1 and predicts the noise in it.
    const Tensor input = scheduler->scale_model_input(x, i);
    const Tensor eps = guidance_extrapolates(model, input, t, guidance);
    std::cout << "eps " << summary(eps) << '\n';
    the_u_shrinks_and_grows(model, input, t, guidance);

    // Euler's step goes along the predicted noise to the next, lower sigma.
    const Tensor next = scheduler->step(eps, i, x, noise);
    const float sigma_next = scheduler->level(i + 1).noise;
    check(sigma_next < level.noise);
    check(largest(next - (x + (sigma_next - level.noise) * eps)) < 1e-4f * largest(x));
    // The same prediction implies the finished latents: predicted x_0.
    const Tensor predicted = scheduler->predict_original_sample(eps, i, x);
    check(largest(predicted - (x - level.noise * eps)) < 1e-4f * largest(x));
    std::cout << "every claim holds\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
