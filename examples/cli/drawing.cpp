#include "examples/cli/drawing.h"

#include <iostream>
#include <random>

#include "examples/cli/image_texts.h"
#include "examples/cli/images.h"
#include "examples/cli/latents_file.h"
#include "examples/cli/rng_option.h"
#include "nn/observe/read_ahead.h"
#include "sdxl/pipeline/high_resolution.h"
#include "sdxl/pipeline/inpaint.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/text_to_image.h"
#include "sdxl/upscale/open_upscaler.h"
#include "tensor/compute.h"

namespace cli {

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

Tensor read_start_latents(const GenerateOptions& o, const sdxl::StableDiffusionXL& model) {
  if (o.height > 0 || o.width > 0) {
    throw CLI::ValidationError("--height and --width: latents keep their size; expected neither");
  }
  return read_latents(o.image, *model.checkpoint);
}

void note_rng(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
              const sdxl::PixelSize& size) {
  const int64_t unit = model.vae->pixels_per_latent();
  const int64_t images = parse_seeds(o.seed).size() == 1 ? o.images : 1;  // of one generator
  const int64_t count =
      images * model.vae->latent_channels() * (size.height / unit) * (size.width / unit);
  const std::string note = rng_note(o.rng, count);
  if (!o.quiet && !note.empty()) std::cerr << "sdxl: note: " << note << std::endl;
}

}  // namespace

Models::Models(const GenerateOptions& o) : base(std::in_place, o.model.open()) {
  if (!o.refiner.empty()) refiner.emplace(o.model.open(o.refiner), "refiner");
  o.apply(*base);
  if (refiner) o.apply(*refiner);
  sdxl::add_adapters(*base, o.lora.choices());
  sdxl::add_embeddings(*base, o.prompts.choices());
  if (refiner) sdxl::add_embeddings(*refiner, o.prompts.choices());
  base->controls = o.control.open(*base, o.model.variant);
  o.ip.add(*base, o.model.variant);
  if (!o.hires_upscaler.empty()) {
    base->upscaler = sdxl::open_upscaler(o.hires_upscaler, base->checkpoint->policy());
  }
  set_knobs(o);
}

void Models::set_knobs(const GenerateOptions& o) {
  knobs.reset();
  if (!o.knobs.any()) return;
  const auto encode = [&](const std::string& unet, const std::string& prompt) {
    const sdxl::StableDiffusionXL& model = unet == base->unet.path() ? *base : *refiner;
    sdxl::PipelineArguments args;
    o.apply(args, {});
    const sdxl::PromptFeatures features =
        sdxl::encode_prompt(model, {prompt, "", args.prompt_syntax}, o.clip_skip);
    const int64_t tokens = sdxl::context_length(model, args);
    return sdxl::lengthened(model, features, tokens, o.clip_skip).context;
  };
  const int64_t conditional = (o.guidance.changes.pag.is_on() ? 2 : 1) * o.images;
  knobs = std::make_unique<Knobs>(
      o.knobs, KnobSubjects{.components = components(), .images = conditional, .encode = encode});
}

std::vector<const nn::Module*> Models::components() const {
  std::vector<const nn::Module*> all;
  for (const auto* model : {&base, &refiner}) {
    if (!*model) continue;
    const std::vector<const nn::Module*> components = (*model)->components();
    all.insert(all.end(), components.begin(), components.end());
  }
  return all;
}

std::string random_seed() { return std::to_string(std::random_device{}()); }

void settle_seed(GenerateOptions& o) {
  if (o.seed.empty()) o.seed = random_seed();
  if (!o.quiet) std::cerr << "seed " << o.seed << std::endl;
}

Drawing draw_all(const GenerateOptions& o, Models& models, const HooksOf& hooks_of) {
  const auto hooks = [&](const std::string& task, const sdxl::StableDiffusionXL& model) {
    return models.knobs ? models.knobs->around(hooks_of(task, model)) : hooks_of(task, model);
  };
  tensor::set_bfloat16(o.bfloat16);
  const sdxl::StableDiffusionXL& base = *models.base;
  std::optional<nn::ReadAhead> ahead(base.components());
  const Start start = read_start(o, base);
  const sdxl::PixelSize size = image_size(o, base, start.image);
  o.control.expect_size(base.controls, size);
  const sdxl::PixelSize final_size = larger_size(o, base, size);
  Drawing result;
  result.texts = image_texts(o, base, final_size);
  note_rng(o, base, final_size);
  const std::unique_ptr<sdxl::NoiseSource> noise = noise_source(o);

  Tensor& x = result.latents;
  x = draw(o, base, start, size, *noise, hooks("step", base));
  if (o.hires_scale > 1.0) {
    x = draw_larger(o, base, x, final_size, *noise, hooks("larger step", base));
  }
  if (models.refiner) {
    ahead.emplace(models.refiner->components());
    models.base.reset();
    const sdxl::StepHooks of_refiner = hooks("refiner step", *models.refiner);
    x = refine(o, *models.refiner, x, start.mask, final_size, *noise, of_refiner);
  }
  const sdxl::StableDiffusionXL& last = models.refiner ? *models.refiner : base;
  last.release_pages();  // the UNet has finished
  result.images = sdxl::decode_latents(*last.vae, x, o.vae_tiling);
  if (models.knobs) models.knobs->expect_met();
  return result;
}

std::unique_ptr<sdxl::NoiseSource> noise_source(const GenerateOptions& o) {
  std::vector<std::unique_ptr<sdxl::NoiseSource>> sources;
  for (const uint64_t seed : parse_seeds(o.seed)) sources.push_back(seeded(o.rng, seed));
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<sdxl::NoisePerImage>(std::move(sources));
}

Start read_start(const GenerateOptions& o, const sdxl::StableDiffusionXL& model) {
  if (o.image.empty()) return {};
  const bool is_latents = holds_latents(o.image);
  const tensor::Image image = is_latents ? tensor::Image() : tensor::read_image(o.image);
  const Tensor latents = is_latents ? read_start_latents(o, model) : Tensor();
  sdxl::PixelSize size = {image.height, image.width};
  if (is_latents) size = image_size(o, model, latents);

  std::optional<tensor::Image> mask;
  if (!o.mask.empty()) mask = read_mask(o.mask, o.image, size);
  if (!is_latents) {
    size = fitting_size(o.image, size, {o.height, o.width}, model.vae->pixels_per_latent());
  }
  return {.image = is_latents ? latents : tensor::from_image(fit(image, size)),
          .mask = mask ? tensor::mask_from_image(fit(*mask, size)) : Tensor()};
}

sdxl::PixelSize image_size(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
                           const Tensor& image) {
  if (image.empty()) {
    const sdxl::PixelSize own = size_of(model.controls).value_or(model.default_size());
    return {o.height > 0 ? o.height : own.height, o.width > 0 ? o.width : own.width};
  }
  const auto [n, c, h, w] = image.dims<4>();
  const int64_t pixels = c == 3 ? 1 : model.vae->pixels_per_latent();
  return {pixels * h, pixels * w};
}

sdxl::PixelSize larger_size(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
                            const sdxl::PixelSize& size) {
  if (o.hires_scale == 1.0) return size;
  return sdxl::enlarged_size(size, o.hires_scale, model.vae->pixels_per_latent());
}

Tensor draw(const GenerateOptions& o, const sdxl::StableDiffusionXL& model, const Start& start,
            const sdxl::PixelSize& size, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
  if (start.image.empty()) {
    sdxl::TextToImage args;
    o.apply(args, size);
    args.size = size;
    if (!o.latents.empty()) args.latents = read_noise(o.latents);
    const auto scheduler = sdxl::make_scheduler(model.scheduler_config, o.scheduler);
    return sdxl::text_to_image(model, *scheduler, args, noise, hooks);
  }
  sdxl::ImageToImage args;
  o.apply(args, size);
  args.image = start.image;
  args.strength = o.strength;
  if (o.has_denoising_start) args.denoising_start = o.denoising_start;
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, o.scheduler);
  if (start.mask.empty()) return sdxl::image_to_image(model, *scheduler, args, noise, hooks);
  return sdxl::inpaint(model, *scheduler, {args, start.mask}, noise, hooks);
}

Tensor draw_larger(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
                   const Tensor& latents, const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
                   const sdxl::StepHooks& hooks) {
  sdxl::ImageToImage args;
  o.apply(args, size);
  args.image = sdxl::enlarge(model, latents, size);
  args.strength = o.hires_strength;
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, o.scheduler);
  return sdxl::image_to_image(model, *scheduler, args, noise, hooks);
}

Tensor refine(const GenerateOptions& o, const sdxl::StableDiffusionXL& refiner,
              const Tensor& latents, const Tensor& mask, const sdxl::PixelSize& size,
              sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
  sdxl::PipelineArguments args;
  o.apply(args, size);
  sdxl::Refinement refinement = o.refinement();
  refinement.mask = mask;
  const auto scheduler = sdxl::make_scheduler(refiner.scheduler_config, o.scheduler);
  return sdxl::refine({refiner, *scheduler, hooks}, latents, args, refinement, noise);
}

}  // namespace cli
