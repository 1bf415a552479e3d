#include "examples/cli/image_texts.h"

#include <filesystem>

#include "examples/cli/remake.h"
#include "examples/cli/rng_option.h"
#include "sdxl/version.h"
#include "tensor/error.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

std::string text_of(const sdxl::PixelSize& size) {
  return tensor::format("{} x {}", size.height, size.width);  // height first, as everywhere here
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

/// Collects texts under the names of diffusers' arguments.
class ArgumentTexts {
 public:
  void add(const std::string& key, const std::string& text) { chunks_.emplace_back(key, text); }
  void add(const std::string& key, double number) { add(key, tensor::format("{}", number)); }
  void add(const std::string& key, int64_t number) { add(key, std::to_string(number)); }
  void add_if_any(const std::string& key, const std::string& text) {
    if (!text.empty()) add(key, text);
  }
  void add_sizes(const std::string& front, const sdxl::MicroConditioning& sizes) {
    add(front + "original_size", text_of(sizes.original_size));
    add(front + "crops_coords_top_left", tensor::format("{}, {}", sizes.crop_top, sizes.crop_left));
    add(front + "target_size", text_of(sizes.target_size));
  }
  tensor::TextChunks take() { return std::move(chunks_); }

 private:
  tensor::TextChunks chunks_;
};

void add_image(ArgumentTexts& texts, const GenerateOptions& o) {
  if (o.image.empty()) return;
  texts.add("image", file_name(o.image));
  texts.add_if_any("mask_image", file_name(o.mask));
  if (o.has_denoising_start) {
    texts.add("denoising_start", o.denoising_start);
  } else {
    texts.add("strength", o.strength);
  }
}

void add_hires(ArgumentTexts& texts, const GenerateOptions& o) {
  if (o.hires_scale == 1.0) return;
  texts.add("hires_scale", o.hires_scale);
  texts.add("hires_strength", o.hires_strength);
  texts.add_if_any("hires_upscaler", file_name(o.hires_upscaler));
}

void add_refiner(ArgumentTexts& texts, const GenerateOptions& o) {
  if (o.refiner.empty()) return;
  texts.add("refiner", file_name(o.refiner));
  if (o.refine_strength > 0.0) {
    texts.add("refine_strength", o.refine_strength);
  } else {
    texts.add("high_noise_fraction", o.high_noise_fraction);
  }
  texts.add("aesthetic_score", o.sizes.aesthetic_score);
  texts.add("negative_aesthetic_score", o.negative_sizes.aesthetic_score);
}

/// The command line's arguments and the seed, for `sdxl info`.
std::string arguments(const GenerateOptions& o) {
  std::vector<std::string> arguments = o.arguments;
  arguments.insert(arguments.end(), {"--seed", o.seed});
  return pack_arguments(arguments);
}

}  // namespace

tensor::TextChunks image_texts(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
                               const sdxl::PixelSize& size) {
  const std::string& own_scheduler = model.scheduler_config.class_name;
  ArgumentTexts texts;
  texts.add("Software", std::string("Glassbox SDXL ") + sdxl::version);
  texts.add("model", model.checkpoint->name());
  for (const auto& [name, path] : o.model.parts.given()) texts.add(name, file_name(path));
  texts.add("prompt", o.prompt);
  texts.add_if_any("prompt_2", o.prompt_2);
  if (o.has_negative_prompt) texts.add("negative_prompt", o.negative_prompt);
  texts.add_if_any("negative_prompt_2", o.negative_prompt_2);
  for (const auto& [key, text] : o.prompts.texts()) texts.add(key, text);
  if (o.clip_skip > 0) texts.add("clip_skip", o.clip_skip);
  texts.add("seed", o.seed);
  if (o.rng != "cpu") texts.add("rng", describe_rng(o.rng));
  texts.add_if_any("latents", file_name(o.latents));
  add_image(texts, o);
  texts.add("size", text_of(size));
  texts.add("scheduler", o.scheduler.empty() ? own_scheduler : o.scheduler);
  for (const std::string& option : o.scheduler_options) {
    const size_t equals = option.find('=');
    texts.add(option.substr(0, equals), option.substr(equals + 1));
  }
  if (o.eta > 0.0) texts.add("eta", o.eta);
  texts.add("num_inference_steps", int64_t{o.steps});
  texts.add("guidance_scale", o.guidance_scale);
  texts.add("guidance_rescale", o.guidance_rescale);
  texts.add("denoising_end", o.denoising_end);
  texts.add_sizes("", o.sizes.with(size));
  if (o.negative_sizes.any_given) texts.add_sizes("negative_", o.negative_sizes.with(size));
  add_hires(texts, o);
  add_refiner(texts, o);
  for (const auto& [key, text] : o.guidance.texts()) texts.add(key, text);
  for (const auto& [key, text] : o.control.texts()) texts.add(key, text);
  for (const auto& [key, text] : o.ip.texts()) texts.add(key, text);
  for (const auto& [key, text] : o.lora.texts()) texts.add(key, text);
  for (const auto& [key, text] : o.knobs.texts()) texts.add(key, text);
  texts.add("arguments", arguments(o));
  return texts.take();
}

}  // namespace cli
