#include <set>

#include "examples/web/api/mistakes.h"
#include "examples/web/api/page.h"
#include "sdxl/inspect/words.h"
#include "sdxl/pipeline/base_and_refiner.h"
#include "sdxl/pipeline/latents.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace web {

namespace {

/// Follows a run: keeps the inputs of each step, and shows the page the outputs that it watches.
class Follower : public nn::Observer {
 public:
  explicit Follower(const json& options) {
    for (const std::string& path : options.value("watch", std::vector<std::string>())) {
      watched_.insert(path);
    }
  }
  void on_input(const nn::Module& module, nn::Inputs inputs) override {
    const auto* unet = dynamic_cast<const sdxl::UNet2DConditionModel*>(&module);
    if (!unet) return;
    Step step{.unet = unet};
    for (const nn::Input& input : inputs) {
      if (input.name == "sample") step.sample = input.value;
      if (input.name == "timestep") step.timestep = input.value;
      if (input.name == "encoder_hidden_states") step.cond.context = input.value;
      if (input.name == "text_embeds") step.cond.pooled = input.value;
      if (input.name == "time_ids") step.cond.time_ids = input.value;
    }
    session().run.steps.push_back(step);
  }
  void on_output(const nn::Module& module, const Tensor& output) override {
    if (watched_.count(module.path()) > 0) show_output(module.path(), output);
  }

 private:
  std::set<std::string> watched_;
};

sdxl::PixelSize size_of(const json& options, const char* name, const sdxl::PixelSize& own) {
  const auto both = options.value(name, std::vector<int64_t>{own.height, own.width});
  tensor::require(both.size() == 2, "{}: expected height and width, got {} numbers", name,
                  both.size());
  return {both[0], both[1]};
}

sdxl::TextToImage arguments(const json& o, const sdxl::StableDiffusionXL& model) {
  sdxl::TextToImage args;
  args.prompt = o.value("prompt", "");
  if (o.contains("negative_prompt")) args.negative_prompt = o["negative_prompt"].get<std::string>();
  args.num_inference_steps = o.value("num_inference_steps", 25);
  args.guidance_scale = o.value("guidance_scale", 4.0);
  const sdxl::PixelSize own = model.default_size();
  args.size = {o.value("height", own.height), o.value("width", own.width)};
  constexpr int64_t largest = 512;  // pixels: 16 times the model's own area
  tensor::require(args.size.height <= largest && args.size.width <= largest,
                  "height and width: expected at most {} on this page, got {} x {}", largest,
                  args.size.height, args.size.width);
  args.sizes.original_size = size_of(o, "original_size", args.size);
  args.sizes.target_size = size_of(o, "target_size", args.size);
  const sdxl::PixelSize crop = size_of(o, "crop", {0, 0});
  args.sizes.crop_top = crop.height;
  args.sizes.crop_left = crop.width;
  args.sizes.aesthetic_score = o.value("aesthetic_score", 6.0);
  return args;
}

/// The hooks of a run's steps: keep the prediction, and show it to the page.
sdxl::StepHooks hooks(const std::string& model) {
  Session& s = session();
  return {.predicted = [&s](int, int, const Tensor& x0) { s.run.steps.back().predicted = x0; },
          .after =
              [&s, model](int i, int n, const Tensor& latents) {
                Step& step = s.run.steps.back();
                step.latents = latents;
                const json facts = {
                    {"i", i}, {"n", n}, {"model", model}, {"timestep", step.timestep.at({0})}};
                show_step(facts, tensor::to_image(s.colours->images(step.predicted)));
              }};
}

Tensor run(const json& o, sdxl::TextToImage args, const Mistakes& mistakes,
           sdxl::NoiseSource& noise) {
  Session& s = session();
  const sdxl::StableDiffusionXL& base = s.model();
  const std::string name = o.value("scheduler", "euler");
  sdxl::SchedulerConfig config = base.scheduler_config;
  mistakes.apply(config);
  const auto scheduler = sdxl::make_scheduler(config, name);
  scheduler->set_timesteps(args.num_inference_steps);
  const int64_t unit = base.vae->pixels_per_latent();
  mistakes.apply(args, *scheduler, noise,
                 {1, base.vae->latent_channels(), args.size.height / unit, args.size.width / unit});
  if (!o.contains("refiner")) {
    return sdxl::text_to_image(base, *scheduler, args, noise, hooks("base"));
  }
  if (!s.refiner) tensor::fail("the refiner is not open");
  sdxl::Refinement refinement;
  refinement.high_noise_fraction = o["refiner"].value("high_noise_fraction", 0.8);
  if (o["refiner"].contains("strength"))
    refinement.strength = o["refiner"]["strength"].get<double>();
  const auto second = sdxl::make_scheduler(s.refiner->scheduler_config, name);
  return sdxl::base_and_refiner({base, *scheduler, hooks("base")},
                                {*s.refiner, *second, hooks("refiner")}, args, refinement, noise);
}

/// The text encoders' modules. The autoencoder's are many times larger: look_at_decoder.
bool is_around(const std::string& path) { return path.find("text_encoder") != std::string::npos; }

}  // namespace

json draw(const json& options) {
  Session& s = session();
  const sdxl::StableDiffusionXL& base = s.model();
  s.inside.reset();
  s.run = {.options = options};
  const Knobs knobs = make_knobs(options.value("knobs", json()));
  const Mistakes mistakes(options);
  using Keep = nn::Recorder::Keep;
  auto around = std::make_shared<nn::Recorder>(is_around, Keep::inputs_and_outputs);
  Follower follower(options);

  sdxl::SeededNoise noise(options.value("seed", uint64_t{0}));
  const Tensor latents = run(options, arguments(options, base), mistakes, noise);
  const Tensor picture = sdxl::decode_latents(*base.vae, latents);
  s.run.picture = tensor::to_image(mistakes.apply(picture));
  s.run.around = std::move(around);
  json result = {{"tokens", tokens_of(options.value("prompt", ""))}, {"timesteps", json::array()}};
  for (const Step& step : s.run.steps) result["timesteps"].push_back(step.timestep.at({0}));
  return result;
}

json tokens_of(const std::string& text) {
  const sdxl::ClipTokenizer::Encoding encoding = session().model().tokenizer->encode(text);
  json words = json::array();
  const auto add = [&words](const sdxl::Word& word) {
    words.push_back({{"text", word.text}, {"tokens", word.tokens}});
  };
  const std::vector<sdxl::Word> around = sdxl::tokens_around_words(encoding);
  add(around.front());
  for (const sdxl::Word& word : sdxl::words_of(encoding)) add(word);
  add(around.back());
  return {{"pieces", encoding.pieces},
          {"ids", encoding.ids},
          {"cut_off", encoding.cut_off},
          {"words", words}};
}

tensor::Image predicted_picture(int step) {
  const nn::ObserversPaused paused;
  return tensor::to_image(
      sdxl::decode_latents(*session().model().vae, step_of_run(step).predicted));
}

}  // namespace web
