// The pipelines: their arguments as objects, and a function for each. glassbox/pipeline.py fills
// the arguments from those of diffusers.
#include "examples/python/attention_request.h"
#include "examples/python/bind.h"
#include "nn/observe/read_ahead.h"
#include "sdxl/adapters/add_adapters.h"
#include "sdxl/adapters/add_embeddings.h"
#include "sdxl/image_prompt/add_ip_adapters.h"
#include "sdxl/inspect/latent_colours.h"
#include "sdxl/pipeline/base_and_refiner.h"
#include "sdxl/pipeline/inpaint.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

using namespace sdxl;                      // NOLINT: the classes that are bound
using Size = std::pair<int64_t, int64_t>;  // height, width

/// Calls a function of Python, with the interpreter's lock, from within a run.
template <class... Arguments>
nb::object call_locked(const nb::object& function, const Arguments&... arguments) {
  const nn::ObserversPaused paused;
  return function(arguments...);
}

StepHooks hooks_of(const nb::object& before, const nb::object& end, const nb::object& predicted,
                   AttentionMaps* maps) {
  StepHooks hooks;
  hooks.before = [&before](int i, int n) {
    const nb::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!before.is_none()) call_locked(before, i, n);
  };
  if (!end.is_none()) {
    hooks.edit = [&end](int i, int n, const Tensor& latents) {
      const nb::gil_scoped_acquire lock;
      const nb::object answer = call_locked(end, i, n, array_of(latents));
      if (answer.is_none()) return latents;
      const Tensor edited = tensor_of({answer}, "latents");
      tensor::require(edited.shape() == latents.shape(),
                      "callback_on_step_end: expected latents {}, got {}", latents.shape(),
                      edited.shape());
      return edited;
    };
  }
  if (!predicted.is_none()) {
    hooks.predicted = [&predicted](int i, int n, const Tensor& x0) {
      const nb::gil_scoped_acquire lock;
      call_locked(predicted, i, n, array_of(x0));
    };
  }
  if (maps != nullptr) {
    hooks.after = [maps](int i, int /*n*/, const Tensor& latents) { maps->end_step(i, latents); };
  }
  return hooks;
}

/// Runs a pipeline: a function of the hooks.
template <class Pipeline>
Tensor run_pipeline(const nb::object& before, const nb::object& end, const nb::object& predicted,
                    AttentionRequest* attention, const Pipeline& pipeline) {
  return run([&] {
    std::optional<AttentionMaps> maps;
    if (attention != nullptr) maps.emplace(attention->selection());
    const StepHooks hooks = hooks_of(before, end, predicted, maps ? &*maps : nullptr);
    const Tensor latents = pipeline(hooks);
    if (maps) attention->results = maps->rows();
    return latents;
  });
}

template <class Arguments, auto function>
void bind_pipeline(nb::module_& m, const char* name) {
  m.def(
      name,
      [](const StableDiffusionXL& model, Scheduler& scheduler, const Arguments& arguments,
         NoiseSource& noise, const nb::object& before, const nb::object& end,
         const nb::object& predicted, AttentionRequest* attention) {
        return run_pipeline(before, end, predicted, attention, [&](const StepHooks& hooks) {
          const nn::ReadAhead ahead(model.components());
          return function(model, scheduler, arguments, noise, hooks);
        });
      },
      "model"_a, "scheduler"_a, "arguments"_a, "noise"_a, "before"_a.none() = nb::none(),
      "end"_a.none() = nb::none(), "predicted"_a.none() = nb::none(),
      "attention"_a.none() = nb::none(), "-> latents, still scaled.");
}

MicroConditioning sizes_of(const Size& original, const Size& crop, const Size& target,
                           double aesthetic_score) {
  return {{original.first, original.second},
          crop.first,
          crop.second,
          {target.first, target.second},
          aesthetic_score};
}

/// Images as arrays (1, 3, H, W) from -1 to 1, several for each IP-Adapter of the model.
void set_image_prompts(PipelineArguments& self, const StableDiffusionXL& model,
                       const std::vector<std::vector<Array>>& images) {
  tensor::require(images.size() == model.image_prompts.size(),
                  "ip_adapter_image: expected one for each of {} IP-Adapters, got {}",
                  model.image_prompts.size(), images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    std::vector<tensor::Image> own;
    for (const Array& image : images[i]) {
      own.push_back(tensor::to_image(needed(image, "ip_adapter_image")));
    }
    self.image_prompts.push_back(image_prompt(model, own, model.image_prompts[i].scale));
  }
}

void bind_arguments(nb::module_& m) {
  using Common = PipelineArguments;
  nb::class_<Common>(m, "PipelineArguments", header_comment("PipelineArguments"))
      .def_rw("prompt", &Common::prompt)
      .def_rw("prompt_2", &Common::prompt_2)
      .def_rw("negative_prompt", &Common::negative_prompt)
      .def_rw("negative_prompt_2", &Common::negative_prompt_2)
      .def_prop_rw(
          "prompt_syntax", [](const Common& self) { return name_of(self.prompt_syntax); },
          [](Common& self, const std::string& name) { self.prompt_syntax = prompt_syntax(name); })
      .def_rw("clip_skip", &Common::clip_skip)
      .def_rw("num_inference_steps", &Common::num_inference_steps)
      .def_rw("timesteps", &Common::timesteps)
      .def_rw("sigmas", &Common::sigmas)
      .def_rw("denoising_end", &Common::denoising_end)
      .def_rw("guidance_scale", &Common::guidance_scale)
      .def_rw("guidance_rescale", &Common::guidance_rescale)
      .def_rw("num_images_per_prompt", &Common::num_images_per_prompt)
      .def(
          "set_pag",
          [](Common& self, double scale, double adaptive_scale, std::vector<std::string> layers) {
            self.changes.pag = {scale, adaptive_scale, std::move(layers)};
          },
          "scale"_a, "adaptive_scale"_a, "layers"_a, "Perturbed-attention guidance.")
      .def(
          "set_apg",
          [](Common& self, double eta, double norm_threshold, double momentum) {
            self.changes.apg = {eta, norm_threshold, momentum};
          },
          "eta"_a, "norm_threshold"_a, "momentum"_a, "Adaptive projected guidance.")
      .def(
          "set_freeu",
          [](Common& self, double s1, double s2, double b1, double b2) {
            self.changes.freeu = {s1, s2, b1, b2};
          },
          "s1"_a, "s2"_a, "b1"_a, "b2"_a, "FreeU's factors.")
      .def(
          "set_deep_cache",
          [](Common& self, int interval, int branch) {
            self.changes.deep_cache = {interval, branch};
          },
          "interval"_a, "branch"_a, "DeepCache.")
      .def("set_image_prompts", &set_image_prompts)
      .def("set_sizes", [](Common& self, const Size& original, const Size& crop, const Size& target,
                           double score) { self.sizes = sizes_of(original, crop, target, score); })
      .def("set_negative_sizes",
           [](Common& self, const Size& original, const Size& crop, const Size& target,
              double score) { self.negative_sizes = sizes_of(original, crop, target, score); });
  nb::class_<TextToImage, Common>(m, "TextToImage", header_comment("TextToImage"))
      .def(nb::init<>())
      .def_prop_rw(
          "size", [](const TextToImage& self) { return Size(self.size.height, self.size.width); },
          [](TextToImage& self, const Size& size) {
            self.size = {size.first, size.second};
          })
      .def(
          "set_latents",
          [](TextToImage& self, const Array& latents) {
            self.latents = tensor_of(latents, "latents");
          },
          "latents"_a.none());
  nb::class_<ImageToImage, Common>(m, "ImageToImage", header_comment("ImageToImage"))
      .def(nb::init<>())
      .def("set_image",
           [](ImageToImage& self, const Array& image) { self.image = needed(image, "image"); })
      .def_rw("strength", &ImageToImage::strength)
      .def_rw("denoising_start", &ImageToImage::denoising_start);
  nb::class_<Inpaint, ImageToImage>(m, "Inpaint", header_comment("Inpaint"))
      .def(nb::init<>())
      .def("set_mask", [](Inpaint& self, const Array& mask) { self.mask = needed(mask, "mask"); });
}

template <class Part>
nb::object part_or_none(const Part* part, nb::handle owner) {
  if (part == nullptr) return nb::none();
  return nb::cast(part, nb::rv_policy::reference_internal, owner);
}

/// A read-only property with a component that may be absent.
template <class Class, class Get>
void add_part(Class& model, const char* name, Get get) {
  model.def_prop_ro(name, [get](nb::handle self) {
    return part_or_none(get(nb::cast<const StableDiffusionXL&>(self)), self);
  });
}

void bind_model(nb::module_& m) {
  auto model =
      nb::class_<StableDiffusionXL>(m, "StableDiffusionXL", header_comment("StableDiffusionXL"),
                                    nb::is_weak_referenceable())
          .def(
              "__init__",
              [](StableDiffusionXL* self, const std::filesystem::path& path,
                 const std::string& variant, const std::filesystem::path& config,
                 const std::map<std::string, std::filesystem::path>& parts,
                 const std::string& name) {
                CheckpointOptions options{.variant = variant, .config = config};
                PartPaths& p = options.parts;
                const std::map<std::string, std::filesystem::path*> places = {
                    {"unet", &p.unet},
                    {"vae", &p.vae},
                    {"text_encoder", &p.text_encoder},
                    {"text_encoder_2", &p.text_encoder_2},
                    {"tokenizer", &p.tokenizer},
                    {"tokenizer_2", &p.tokenizer_2},
                    {"scheduler_config", &p.scheduler_config}};
                for (const auto& [part, file] : parts) *places.at(part) = file;
                const nb::gil_scoped_release unlocked;
                new (self) StableDiffusionXL(open_checkpoint(path, options), name);
              },
              "path"_a, "variant"_a = "", "config"_a = "",
              "parts"_a = std::map<std::string, std::filesystem::path>{}, "name"_a = "")
          .def_prop_ro("name",
                       [](const StableDiffusionXL& self) { return self.checkpoint->name(); })
          .def_prop_ro("is_refiner", &StableDiffusionXL::is_refiner)
          .def_prop_ro("is_inpainting", &StableDiffusionXL::is_inpainting)
          .def_prop_ro("default_size",
                       [](const StableDiffusionXL& self) {
                         return Size(self.default_size().height, self.default_size().width);
                       })
          .def_prop_ro("scheduler_config",
                       [](const StableDiffusionXL& self) { return self.scheduler_config; })
          .def_rw("vae_tiling", &StableDiffusionXL::vae_tiling)
          .def(
              "set_adapters",
              [](StableDiffusionXL& self,
                 const std::vector<std::pair<std::filesystem::path, double>>& files) {
                std::vector<AdapterChoice> choices;
                for (const auto& [file, scale] : files) choices.push_back({file, scale});
                remove_adapters(self);
                add_adapters(self, choices);
              },
              "files"_a,
              "Puts these adapters, (file, scale) each, in place of those of the model; an empty "
              "list removes them.")
          .def(
              "set_embeddings",
              [](StableDiffusionXL& self,
                 const std::vector<std::pair<std::filesystem::path, std::vector<std::string>>>&
                     files) {
                std::vector<EmbeddingChoice> choices;
                for (const auto& [file, words] : files) choices.push_back({file, words});
                remove_embeddings(self);
                add_embeddings(self, choices);
              },
              "files"_a,
              "Puts these textual inversions, (file, words) each, in place of those of the model. "
              "No words: the file's own; one stands for all rows, or there are as many as rows.")
          .def(
              "load_ip_adapters",
              [](StableDiffusionXL& self, const std::vector<std::filesystem::path>& files,
                 const std::filesystem::path& encoder) {
                std::vector<IpAdapterChoice> choices;
                for (const auto& file : files) choices.push_back({.file = file});
                add_ip_adapters(self, choices, encoder);
              },
              "files"_a, "encoder"_a)
          .def("set_ip_adapter_scales",
               [](StableDiffusionXL& self, const std::vector<double>& scales) {
                 tensor::require(scales.size() == self.image_prompts.size(),
                                 "set_ip_adapter_scale: expected {} scales, got {}",
                                 self.image_prompts.size(), scales.size());
                 for (size_t i = 0; i < scales.size(); ++i) {
                   self.image_prompts[i].scale = scales[i];
                 }
               })
          .def_prop_ro("ip_adapters",
                       [](const StableDiffusionXL& self) { return self.image_prompts.size(); })
          .def("release_pages", &StableDiffusionXL::release_pages,
               "Drops the memory of the weights that were read so far.");
  using Model = StableDiffusionXL;
  const auto in = [](const auto& part) { return part ? &*part : nullptr; };
  add_part(model, "unet", [](const Model& self) { return &self.unet; });
  add_part(model, "vae", [](const Model& self) { return self.vae.get(); });
  add_part(model, "image_encoder",
           [](const Model& self) -> const nn::Module* { return self.image_encoder.get(); });
  add_part(model, "text_encoder", [in](const Model& self) { return in(self.text_encoder); });
  add_part(model, "text_encoder_2", [in](const Model& self) { return in(self.text_encoder_2); });
  add_part(model, "tokenizer", [in](const Model& self) { return in(self.tokenizer); });
  add_part(model, "tokenizer_2", [in](const Model& self) { return in(self.tokenizer_2); });
}

void bind_decoding(nb::module_& m) {
  m.def(
      "decode_latents",
      [](const Autoencoder& vae, const Array& latents, bool tiled) {
        const Tensor z = needed(latents, "latents");
        return run([&] { return decode_latents(vae, z, tiled); });
      },
      "vae"_a, "latents"_a, "tiled"_a = false,
      "latents (N, 4, h, w), scaled -> images (N, 3, 8 h, 8 w), from -1 to 1 and a little beyond.");
  nb::class_<LatentColours>(m, "LatentColours", header_comment("LatentColours"))
      .def(
          "__init__",
          [](LatentColours* self, const Autoencoder& vae) {
            run([&] { return new (self) LatentColours(vae); });
          },
          "vae"_a)
      .def(
          "__call__",
          [](const LatentColours& self, const Array& latents) {
            return self.images(needed(latents, "latents"));
          },
          "latents"_a);
}

}  // namespace

void bind_pipelines(nb::module_& m) {
  bind_model(m);
  bind_arguments(m);
  bind_attention_request(m);
  bind_pipeline<TextToImage, text_to_image>(m, "text_to_image");
  bind_pipeline<ImageToImage, image_to_image>(m, "image_to_image");
  bind_pipeline<Inpaint, inpaint>(m, "inpaint");
  bind_decoding(m);
}

}  // namespace glassbox
