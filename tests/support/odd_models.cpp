#include "tests/support/odd_models.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>

#include "nn/parameter.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/ops.h"
#include "tests/support/paths.h"

namespace support {

namespace fs = std::filesystem;
using sdxl::SingleFilePlace;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

using Places = std::function<SingleFilePlace(const std::string&)>;

/// Adds a part's parameters as that layout stores them.
void add_part(NamedTensors& file, const std::string& prefix, const nn::Module& model,
              const Places& places) {
  std::map<std::string, std::vector<Tensor>> fused;
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    const SingleFilePlace place = places(parameter->name());
    const Tensor values = parameter->to_tensor();
    const std::string name = prefix + place.name;
    switch (place.part) {
      case SingleFilePlace::Part::whole:
        file.emplace_back(name, values);
        break;
      case SingleFilePlace::Part::transposed:
        file.emplace_back(name, permute(values, {1, 0}));
        break;
      case SingleFilePlace::Part::as_matrix:
        file.emplace_back(name, values.reshape({values.dim(0), values.dim(1), 1, 1}));
        break;
      case SingleFilePlace::Part::third:
        fused[name].resize(3);
        fused[name][place.third] = values;
    }
  }
  for (const auto& [name, thirds] : fused) file.emplace_back(name, tensor::concat(thirds, 0));
}

SingleFilePlace same_name(const std::string& name) { return {name}; }

}  // namespace

fs::path tiny_model(const std::string& name) {
  return golden_path("").parent_path() / "models" / name;
}

ModelCopy::ModelCopy(const std::string& name) {
  fs::copy(tiny_model(name), folder(), fs::copy_options::recursive);
}

void ModelCopy::edit(const std::string& file,
                     const std::function<void(nlohmann::json&)>& change) const {
  nlohmann::json json = nlohmann::json::parse(std::ifstream(folder() / file));
  change(json);
  std::ofstream(folder() / file) << json.dump();
}

void ModelCopy::edit_weights(const std::string& file,
                             const std::function<void(NamedTensors&)>& change) const {
  NamedTensors tensors = tensors_of(folder() / file);
  change(tensors);
  tensor::io::write_safetensors(folder() / file, tensors);
}

bool Notes::have(const std::string& text) const {
  return std::ranges::any_of(
      texts, [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

NamedTensors as_single_file(const sdxl::StableDiffusionXL& model, const std::string& clip_l,
                            const std::string& open_clip) {
  NamedTensors file = {{"alphas_cumprod", Tensor::zeros({1000})},
                       {"model_ema.decay", Tensor::zeros({1})}};
  add_part(file, "model.diffusion_model.", model.unet, [&](const std::string& name) {
    return sdxl::single_file_unet(name, model.unet.config());
  });
  add_part(file, "first_stage_model.", *model.vae, [&](const std::string& name) {
    const auto& vae = dynamic_cast<const sdxl::AutoencoderKL&>(*model.vae);
    return sdxl::single_file_vae(name, static_cast<int>(vae.config().levels()));
  });
  if (!clip_l.empty()) {
    add_part(file, clip_l, *model.text_encoder, same_name);
    file.emplace_back(clip_l + "text_model.embeddings.position_ids", Tensor::zeros({1, 77}));
  }
  if (open_clip.empty()) return file;
  const sdxl::CLIPTextModel& encoder =
      model.text_encoder_2 ? *model.text_encoder_2 : *model.text_encoder;
  add_part(file, open_clip, encoder, sdxl::single_file_open_clip);
  file.emplace_back(open_clip + "logit_scale", Tensor::zeros({1}));
  return file;
}

NamedTensors below(const NamedTensors& tensors, const std::string& prefix) {
  NamedTensors part;
  for (const auto& [name, x] : tensors) {
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), x);
  }
  return part;
}

NamedTensors tensors_of(const fs::path& file) {
  const tensor::io::SafetensorsFile content(file);
  NamedTensors tensors;
  for (const std::string& name : content.names()) tensors.emplace_back(name, content.tensor(name));
  return tensors;
}

std::string difference(const nn::Module& a, const nn::Module& b) {
  const auto ours = nn::all_parameters(a), theirs = nn::all_parameters(b);
  if (ours.size() != theirs.size()) return "the numbers of parameters";
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ours[i]->name() != theirs[i]->name()) return ours[i]->name();
    const Tensor x = ours[i]->to_tensor(), y = theirs[i]->to_tensor();
    const bool same = x.shape() == y.shape() && std::equal(x.data(), x.data() + x.size(), y.data());
    if (!same) return ours[i]->name();
  }
  return "";
}

}  // namespace support
