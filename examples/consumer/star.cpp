// Draws a yellow star with the tiny model: star FILE.png

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/image/image.h"

int main(int count, char** words) {
  const sdxl::StableDiffusionXL model{sdxl::DiffusersFolder(TINY_MODEL)};
  sdxl::TextToImage args;
  args.prompt = "a large yellow star on a blue background";
  args.num_inference_steps = 5;
  args.guidance_scale = 4.0;
  args.size = model.default_size();
  args.sizes = {.original_size = args.size, .target_size = args.size};

  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, "euler");
  sdxl::SeededNoise noise(1);
  const tensor::Tensor latents = sdxl::text_to_image(model, *scheduler, args, noise);
  const tensor::Tensor image = sdxl::decode_latents(*model.vae, latents);
  tensor::write_png(count > 1 ? words[1] : "star.png", tensor::to_image(image));
}
