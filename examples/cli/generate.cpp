#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <random>

#include "examples/cli/commands.h"
#include "examples/cli/generate_options.h"
#include "examples/cli/picture_texts.h"
#include "examples/cli/pictures.h"
#include "examples/cli/progress.h"
#include "examples/cli/trace_file.h"
#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/image.h"

namespace cli {

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

uint64_t random_seed() { return std::random_device{}(); }

/// Refuses what can't be written before the long work begins.
void check_outputs(const GenerateOptions& o) {
  for (const fs::path& path : picture_paths(o.output, o.images)) {
    tensor::io::check_writable(path);
  }
  for (const std::string& path : {o.save_latents, o.trace}) {
    if (!path.empty()) tensor::io::check_writable(path);
  }
}

void tell_what_was_cut_off(const sdxl::ClipTokenizer& tokenizer, const std::string& text,
                           const std::string& encoder) {
  const sdxl::ClipTokenizer::Encoding encoding = tokenizer.encode(text);
  if (encoding.cut_off.empty()) return;
  std::string pieces;
  for (const std::string& piece : encoding.cut_off) {
    pieces += (pieces.empty() ? "" : " ") + piece;
  }
  std::cerr << tensor::format(
                   "sdxl: note: {} reads the first {} tokens of a text; {} more are cut off: {}",
                   encoder, tokenizer.max_length() - 2, encoding.cut_off.size(),
                   tensor::printable(pieces))
            << std::endl;
}

void tell_what_was_cut_off(const sdxl::StableDiffusionXL& model, const GenerateOptions& o) {
  if (model.tokenizer) tell_what_was_cut_off(*model.tokenizer, o.prompt, "text_encoder");
  const std::string& prompt_2 = o.prompt_2.empty() ? o.prompt : o.prompt_2;
  tell_what_was_cut_off(model.tokenizer_2, prompt_2, "text_encoder_2");
}

/// Shows progress around the steps, counted through from the first model to the refiner, and keeps
/// the outputs of one step's UNet calls while that step runs.
class StepReport {
 public:
  explicit StepReport(const GenerateOptions& o)
      : quiet_(o.quiet), step_(o.trace.empty() ? -1 : o.trace_step) {}

  sdxl::StepHooks hooks(const std::string& task) {
    progress_ = std::make_unique<Progress>(task, quiet_);
    return {.before =
                [this](int i, int n) {
                  progress_->show(i, n);
                  if (count_ == step_) recorder_ = std::make_unique<nn::Recorder>();
                },
            .after =
                [this](int i, int n, const Tensor&) {
                  if (recorder_) outputs_ = named_outputs(*recorder_, Component::unet);
                  recorder_.reset();
                  ++count_;
                  progress_->show(i + 1, n);
                }};
  }
  void end() { progress_.reset(); }
  int count() const { return count_; }
  const tensor::io::NamedTensors& outputs() const { return outputs_; }

 private:
  bool quiet_;
  int step_;
  int count_ = 0;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<nn::Recorder> recorder_;
  tensor::io::NamedTensors outputs_;
};

/// What --image names: a picture (1, 3, H, W) of the size that is asked for, or latents.
Tensor start_image(const GenerateOptions& o, const sdxl::StableDiffusionXL& model) {
  if (o.image.empty()) return Tensor();
  if (fs::path(o.image).extension() == ".safetensors") {
    if (o.height > 0 || o.width > 0) {
      throw CLI::ValidationError("--height and --width: latents keep their size; expected neither");
    }
    return read_tensor(o.image, "latents");
  }
  return tensor::io::from_image(
      read_fitting_image(o.image, {o.height, o.width}, model.vae.config().pixels_per_latent()));
}

sdxl::PixelSize picture_size(const GenerateOptions& o, const sdxl::StableDiffusionXL& model,
                             const Tensor& image) {
  if (image.empty()) {
    const sdxl::PixelSize own = model.default_size();
    return {o.height > 0 ? o.height : own.height, o.width > 0 ? o.width : own.width};
  }
  const auto [n, c, h, w] = image.dims<4>();
  const int64_t pixels = c == 3 ? 1 : model.vae.config().pixels_per_latent();
  return {pixels * h, pixels * w};
}

Tensor draw(const GenerateOptions& o, const sdxl::StableDiffusionXL& model, const Tensor& image,
            const sdxl::PixelSize& size, sdxl::NoiseSource& noise, const sdxl::StepHooks& hooks) {
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, o.scheduler);
  if (image.empty()) {
    sdxl::TextToImage args;
    o.apply(args, size);
    args.size = size;
    if (!o.latents.empty()) args.latents = read_tensor(o.latents, "latents");
    return sdxl::text_to_image(model, *scheduler, args, noise, hooks);
  }
  sdxl::ImageToImage args;
  o.apply(args, size);
  args.image = image;
  args.strength = o.strength;
  if (o.has_denoising_start) args.denoising_start = o.denoising_start;
  return sdxl::image_to_image(model, *scheduler, args, noise, hooks);
}

/// The second model's turn: the last steps, or image to image on the finished latents.
Tensor refine(const GenerateOptions& o, const sdxl::StableDiffusionXL& refiner,
              const Tensor& latents, const sdxl::PixelSize& size, sdxl::NoiseSource& noise,
              const sdxl::StepHooks& hooks) {
  const auto scheduler = sdxl::make_scheduler(refiner.scheduler_config, o.scheduler);
  sdxl::ImageToImage args;
  o.apply(args, size);
  args.denoising_end.reset();
  args.image = latents;
  if (o.refine_strength > 0.0) {
    args.strength = o.refine_strength;
  } else {
    args.denoising_start = o.high_noise_fraction;
  }
  return sdxl::image_to_image(refiner, *scheduler, args, noise, hooks);
}

void generate(const GenerateOptions& o) {
  check_outputs(o);
  std::optional<sdxl::StableDiffusionXL> model(std::in_place, o.model.open());
  std::optional<sdxl::StableDiffusionXL> refiner;
  if (!o.refiner.empty()) refiner.emplace(sdxl::DiffusersFolder(o.refiner, o.model.variant));
  const uint64_t seed = o.seed.empty() ? random_seed() : parse_seed(o.seed);
  if (!o.quiet) {
    std::cerr << "seed " << seed << std::endl;
    tell_what_was_cut_off(*model, o);
  }

  const Tensor image = start_image(o, *model);
  const sdxl::PixelSize size = picture_size(o, *model, image);
  const tensor::io::TextChunks texts = picture_texts(o, *model, size, seed);
  sdxl::SeededNoise noise(seed);
  StepReport report(o);
  Tensor latents = draw(o, *model, image, size, noise, report.hooks("step"));
  if (refiner) {
    model.reset();  // memory is for one model at a time
    latents = refine(o, *refiner, latents, size, noise, report.hooks("refiner step"));
  }
  report.end();
  if (!o.trace.empty() && report.outputs().empty()) {
    tensor::fail("--trace-step {}: there is no such step; {} were taken, counted from 0",
                 o.trace_step, report.count());
  }
  const Tensor images = sdxl::decode_latents((refiner ? refiner : model)->vae, latents);

  if (!o.trace.empty()) tensor::io::write_safetensors(o.trace, report.outputs());
  if (!o.save_latents.empty()) {
    tensor::io::write_safetensors(o.save_latents, {{"latents", latents}});
  }
  write_pictures(o.output, images, texts);
  if (!o.quiet) std::cerr << "wrote " << o.output << std::endl;
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("generate", "A text, or a picture, becomes a picture");
  auto options = std::make_shared<GenerateOptions>();
  options->add_to(*command);
  command->footer(
      "One seed's numbers are drawn in turn by the model and the refiner.\n"
      "Example: sdxl generate --model stable-diffusion-xl-base-1.0 \\\n"
      "           --refiner stable-diffusion-xl-refiner-1.0 --high-noise-fraction 0.8 \\\n"
      "           --prompt \"a red fox in the snow\" --steps 40 --seed 7 --output fox.png");
  command->callback([command, options] {
    options->check(*command);
    generate(*options);
  });
}

}  // namespace cli
