#include "sdxl/parity/example_inputs.h"

#include <algorithm>

#include "sdxl/parity/component.h"
#include "sdxl/pipeline/pipeline_arguments.h"
#include "sdxl/scheduler/scheduler.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::io::NamedTensors;

constexpr const char* prompt = "a large yellow star on a blue background";

NamedTensors text_inputs(const Checkpoint& checkpoint, const std::string& component) {
  const std::string tokenizer = component == "text_encoder" ? "tokenizer" : "tokenizer_2";
  return {{"input_ids", nn::to_tensor({checkpoint.tokenizer(tokenizer).encode(prompt).ids})}};
}

NamedTensors unet_inputs(std::unique_ptr<Checkpoint> checkpoint) {
  const StableDiffusionXL model(std::move(checkpoint));
  const PixelSize size = model.default_size();
  PipelineArguments args;
  args.prompt = prompt;
  args.num_inference_steps = 25;
  args.guidance_scale = 1.0;  // one row, without the unconditional input
  args.sizes = {.original_size = size, .target_size = size};
  Guidance guidance = make_guidance(model, args);
  set_sizes(guidance, model, args);
  const auto scheduler = make_scheduler(model.scheduler_config, "");
  scheduler->set_timesteps(args.num_inference_steps);

  const int64_t pixels = model.vae->pixels_per_latent();
  SeededNoise noise(0);
  const Tensor x =
      scheduler->init_noise_sigma() *
      noise.draw({1, model.unet.config().in_channels, size.height / pixels, size.width / pixels});
  NamedTensors tensors = {{"sample", scheduler->scale_model_input(x, 0)},
                          {"timestep", Tensor::full({1}, scheduler->timesteps()[0])},
                          {"encoder_hidden_states", guidance.cond.context}};
  if (model.unet.config().text_time_embedding) {
    tensors.emplace_back("text_embeds", guidance.cond.pooled);
    tensors.emplace_back("time_ids", guidance.cond.time_ids);
  }
  if (!guidance.cond.timestep_cond.empty()) {
    tensors.emplace_back("timestep_cond", guidance.cond.timestep_cond);
  }
  return tensors;
}

/// Red grows to the right, green downwards, blue to the upper left. (1, 3, side, side)
Tensor slope(int64_t side) {
  Tensor image = Tensor::uninitialized({1, 3, side, side});
  float* data = image.mutable_data();
  const auto at = [side](int64_t i) {
    return 2.0f * static_cast<float>(i) / static_cast<float>(side) - 1.0f;
  };
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      const int64_t place = y * side + x;
      data[place] = at(x);
      data[side * side + place] = at(y);
      data[2 * side * side + place] = -0.5f * (at(x) + at(y));
    }
  }
  return image;
}

NamedTensors vae_inputs(const Checkpoint& checkpoint, bool encodes) {
  checkpoint.expect_components({"vae"});
  const VaeConfig config = checkpoint.vae_config();
  const Tensor image = slope(std::min<int64_t>(config.sample_size, 256));
  if (encodes) return {{"sample", image}};
  AutoencoderKL vae(nn::root("vae"), config);
  checkpoint.load("vae", vae);
  return {{"sample", vae.encode(image).mode()}};
}

}  // namespace

NamedTensors example_inputs(std::unique_ptr<Checkpoint> checkpoint, const std::string& component) {
  const std::string part = part_of(component);
  checkpoint->expect_components({part});
  if (part == "unet") return unet_inputs(std::move(checkpoint));
  if (part == "vae") return vae_inputs(*checkpoint, component == "vae_encoder");
  return text_inputs(*checkpoint, component);
}

}  // namespace sdxl
