#include "sdxl/checkpoint/part_names.h"

#include <algorithm>
#include <functional>

#include "sdxl/checkpoint/single_file_weights.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using Layout = PartNames::Layout;
using tensor::io::SafetensorsFile;

/// Where a component may lie: a prefix, and parts of its names that follow it in this layout.
struct Place {
  std::string prefix;
  Layout layout;
  std::vector<std::string> required;
};

const std::vector<std::string> sgm_unet = {"input_blocks.", "output_blocks."};
const std::vector<std::string> our_unet = {"down_blocks.", "time_embedding."};
const std::vector<std::string> sgm_vae = {"decoder.mid.block_1."};
const std::vector<std::string> our_vae = {"decoder.mid_block."};
const std::vector<std::string> clip = {"text_model.encoder.layers."};
const std::vector<std::string> short_clip = {"encoder.layers.", "embeddings."};
const std::vector<std::string> open_clip = {"transformer.resblocks."};

std::vector<Place> text_places(const std::vector<std::string>& prefixes) {
  std::vector<Place> places;
  for (const std::string& prefix : prefixes) {
    places.push_back({prefix, Layout::diffusers, clip});
    places.push_back({prefix, Layout::diffusers, short_clip});
    places.push_back({prefix, Layout::open_clip, open_clip});
  }
  return places;
}

std::vector<Place> places_of(const std::string& component) {
  if (component == "unet") {
    return {{"model.diffusion_model.", Layout::stability, sgm_unet},
            {"", Layout::stability, sgm_unet},
            {"", Layout::diffusers, our_unet},
            {"unet.", Layout::diffusers, our_unet}};
  }
  if (component == "vae") {
    return {{"first_stage_model.", Layout::stability, sgm_vae},
            {"vae.", Layout::stability, sgm_vae},
            {"", Layout::stability, sgm_vae},
            {"", Layout::diffusers, our_vae},
            {"vae.", Layout::diffusers, our_vae},
            {"first_stage_model.", Layout::diffusers, our_vae}};
  }
  if (component == "text_encoder") {
    return text_places({"conditioner.embedders.0.transformer.", "cond_stage_model.transformer.",
                        "cond_stage_model.model.", "conditioner.embedders.0.model.",
                        "text_encoders.clip_l.transformer.", "text_encoder.", ""});
  }
  return text_places({"conditioner.embedders.1.model.", "conditioner.embedders.0.model.",
                      "text_encoders.clip_g.transformer.", "text_encoder_2.", ""});
}

/// The layers of a text encoder, or -1 for another model.
int64_t text_layers(const nn::Module& model) {
  const auto* encoder = dynamic_cast<const CLIPTextModel*>(&model);
  return encoder ? encoder->config().num_hidden_layers : -1;
}

/// Our name of a text encoder's parameter as the file has it.
std::string clip_name(const std::string& name, bool has_prefix) {
  const bool is_short = !has_prefix && name.starts_with("text_model.");
  return is_short ? name.substr(std::string("text_model.").size()) : name;
}

std::function<SingleFilePlace(const std::string&)> place_of(const SafetensorsFile& file,
                                                            const PartNames& names,
                                                            const nn::Module& model) {
  if (names.layout == Layout::open_clip) return single_file_open_clip;
  if (names.layout == Layout::stability) {
    if (const auto* unet = dynamic_cast<const UNet2DConditionModel*>(&model)) {
      return [&config = unet->config()](const std::string& name) {
        return single_file_unet(name, config);
      };
    }
    const auto& vae = dynamic_cast<const AutoencoderKL&>(model);
    return [levels = static_cast<int>(vae.config().levels())](const std::string& name) {
      return single_file_vae(name, levels);
    };
  }
  const bool has_prefix = any_begins(file, names.prefix + clip.front());
  return [has_prefix](const std::string& name) {
    return SingleFilePlace{clip_name(name, has_prefix)};
  };
}

/// A tensor that a model of this kind never has, in the files that hold it.
bool is_left_out(const PartNames& names, const nn::Module& model, const std::string& name) {
  if (name.ends_with("position_ids") || name.ends_with("logit_scale")) return true;
  if (names.layout != Layout::open_clip) return false;
  const auto& encoder = dynamic_cast<const CLIPTextModel&>(model);
  if (encoder.config().projection_dim > 0) return false;
  // It conditions on OpenCLIP's penultimate layer. So its config leaves out the last one.
  return name == names.prefix + "text_projection" ||
         name.starts_with(names.prefix +
                          tensor::format("transformer.resblocks.{}.", text_layers(model)));
}

}  // namespace

bool any_begins(const SafetensorsFile& file, const std::string& front) {
  return std::ranges::any_of(file.names(),
                             [&](const std::string& name) { return name.starts_with(front); });
}

std::optional<PartNames> find_part(const SafetensorsFile& file, const std::string& component) {
  for (const auto& [prefix, layout, required] : places_of(component)) {
    bool is_there = true;
    for (const std::string& name : required) {
      is_there = is_there && any_begins(file, prefix + name);
    }
    if (is_there) return PartNames{component, prefix, layout};
  }
  return std::nullopt;
}

std::optional<PartNames> find_part(const std::filesystem::path& file,
                                   const std::string& component) {
  if (file.extension() == ".json") return std::nullopt;  // an index
  return find_part(SafetensorsFile(file), component);
}

nn::WeightSource part_weights(const SafetensorsFile& file, const PartNames& names,
                              const nn::Module& model) {
  return single_file_weights(
      file,
      {.prefix = names.prefix,
       .place_of = place_of(file, names, model),
       .is_left_out = [&](const std::string& name) { return is_left_out(names, model, name); }},
      model);
}

std::optional<ConfigReader> config_beside(const std::filesystem::path& file,
                                          const std::vector<std::string>& classes) {
  const std::filesystem::path path = file.parent_path() / "config.json";
  if (!std::filesystem::exists(path)) return std::nullopt;
  ConfigReader json(path);
  if (std::ranges::count(classes, json.class_name()) == 0) return std::nullopt;
  return json;
}

}  // namespace sdxl
