// The shortest whole program: a text becomes an image. Open a model, encode the prompt, take noise
// to latents step by step, decode them, write a PNG.
//
//   build/release/08_text_to_image [MODEL] [PROMPT]     writes star.png

#include <exception>
#include <iostream>

#include "examples/check.h"
#include "sdxl/pipeline/guidance.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/image/image.h"
#include "tensor/ops.h"

using tensor::Tensor;

int main(int count, char** words) {
  try {
    // Open: a folder as diffusers saves it.
    const sdxl::StableDiffusionXL model{
        sdxl::DiffusersFolder(count > 1 ? words[1] : "examples/tiny_sdxl/model")};
    const char* prompt = count > 2 ? words[2] : "a large yellow star on a blue background";

    // Encode: the prompt, the negative prompt (here none), and the size of the image.
    const sdxl::PixelSize size = model.default_size();
    const Tensor sizes = sdxl::time_ids({.original_size = size, .target_size = size}, 1);
    const auto [context, pooled] = encode_prompt(model, {prompt, ""});
    const auto [no_context, no_pooled] =
        encode_negative_prompt(model, std::nullopt, "", {context, pooled});
    const sdxl::Guidance guidance = {.cond = {context, pooled, sizes, {}},
                                     .uncond = {no_context, no_pooled, sizes, {}},
                                     .scale = 4};

    // Loop: from noise, one UNet evaluation a step.
    const auto scheduler = sdxl::make_scheduler(model.scheduler_config, "euler");
    scheduler->set_timesteps(25);
    sdxl::SeededNoise noise(1);
    const int64_t pixels = model.vae->pixels_per_latent();
    Tensor x = noise.draw({1, 4, size.height / pixels, size.width / pixels});
    x = scheduler->init_noise_sigma() * x;
    for (int i = 0; i < 25; ++i) {
      const Tensor input = scheduler->scale_model_input(x, i);
      const Tensor eps = predict_guided(model.unet, input, scheduler->timesteps()[i], guidance);
      x = scheduler->step(eps, i, x, noise);  // x_t -> x_{t-1}
    }

    // Decode and write.
    const Tensor image = decode_latents(*model.vae, x);  // (1, 3, H, W)
    check(image.shape() == tensor::Shape{1, 3, size.height, size.width});
    tensor::write_png("star.png", tensor::to_image(image));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
