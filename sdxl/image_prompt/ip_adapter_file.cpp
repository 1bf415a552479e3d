#include "sdxl/image_prompt/ip_adapter_file.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "nn/parameter.h"
#include "sdxl/image_prompt/image_attention.h"
#include "sdxl/image_prompt/ip_adapter_names.h"
#include "sdxl/image_prompt/resampler.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::WeightView;
using tensor::io::SafetensorsFile;

std::string model_of_width(int64_t width) {
  if (width == 768) return "Stable Diffusion 1";
  if (width == 1024) return "Stable Diffusion 2";
  return width == 2048 ? "SDXL" : "another model";
}

/// The weights that are taken from a file, with a check of each.
class Taken {
 public:
  explicit Taken(const SafetensorsFile& file) : file_(file) {}

  WeightView take(const ProjectorPlace& place, const tensor::Shape& expected) {
    const std::string path = file_.path().string();
    if (!file_.contains(place.name)) tensor::fail("{}: has no tensor {}", path, place.name);
    used_.insert(place.name);
    WeightView view = file_.weight(place.name);
    std::vector<int64_t> whole(expected.begin(), expected.end());
    if (place.half >= 0) whole.front() *= 2;
    if (view.shape != tensor::Shape(whole)) {
      tensor::fail("{}: {}: expected {}, got {}", path, place.name, tensor::Shape(whole),
                   view.shape);
    }
    const int64_t bytes = expected.size() * size_of(view.dtype);
    if (place.half == 1) view.data = static_cast<const char*>(view.data) + bytes;
    view.shape = expected;
    return view;
  }

  void expect_all_used() const {
    std::vector<std::string> left;
    for (const std::string& name : file_.names()) {
      if (!used_.contains(name)) left.push_back(name);
    }
    if (left.empty()) return;
    tensor::fail("{}: {} of {} tensors have no place in this model: {}{}", file_.path().string(),
                 left.size(), file_.names().size(), tensor::printable(left.front()),
                 left.size() > 1 ? " ..." : "");
  }

 private:
  const SafetensorsFile& file_;
  std::set<std::string> used_;
};

/// A parameter's name within its projector.
std::string name_in(const ImageProjector& projector, const nn::Parameter& parameter) {
  return parameter.name().substr(projector.path_below_root().size() + 1);
}

/// The weights of a projector of these sizes, by their names in it.
std::map<std::string, WeightView> projector_weights(const ProjectorConfig& config, Taken& taken) {
  ImageProjectors shapes(nn::root());
  const ImageProjector& projector = shapes.add(config);
  std::map<std::string, WeightView> weights;
  for (const nn::Parameter* parameter : nn::all_parameters(projector)) {
    const std::string name = name_in(projector, *parameter);
    weights[name] = taken.take(projector_place(name), parameter->shape());
  }
  return weights;
}

}  // namespace

IpAdapterFile::IpAdapterFile(const std::filesystem::path& path) : file_(path) {
  expect_ip_adapter(file_);
}

std::vector<int64_t> IpAdapterFile::sizes(const std::string& name, int rank) const {
  if (!file_.contains(name)) tensor::fail("{}: has no tensor {}", path(), name);
  const tensor::Shape& shape = file_.shape(name);
  if (shape.rank() != rank || shape.size() == 0) {
    tensor::fail("{}: {}: expected {} sizes above 0, got {}", path(), name, rank, shape);
  }
  return {shape.begin(), shape.end()};
}

void IpAdapterFile::expect_family(const UNet2DConditionModel& unet,
                                  const ProjectorConfig& config) const {
  const int64_t theirs = sizes("ip_adapter.1.to_k_ip.weight", 2)[1];
  const int64_t ours = unet.config().cross_attention_dim;
  if (theirs != ours) {
    tensor::fail(
        "{}: is an IP-Adapter for {}: its tokens have {} numbers, and this UNet takes {}; expected "
        "one for {}",
        path(), model_of_width(theirs), theirs, ours,
        ours == 2048 ? "SDXL (ip-adapter_sdxl, ip-adapter-plus_sdxl_vit-h)" : "this model");
  }
  if (config.channels != ours || config.tokens == 0) {
    tensor::fail("{}: its projector makes {} tokens of {} numbers; expected tokens of {}", path(),
                 config.tokens, config.channels, ours);
  }
  if (config.is_resampler && config.inner % 64 != 0) {
    tensor::fail("{}: image_proj.layers.0.0.to_q.weight: expected heads of 64 channels, got {}",
                 path(), config.inner);
  }
}

ProjectorConfig IpAdapterFile::projector_config() const {
  if (!file_.contains("image_proj.latents")) {
    const std::vector<int64_t> proj = sizes("image_proj.proj.weight", 2);
    const int64_t channels = sizes("image_proj.norm.weight", 1)[0];
    return {.inputs = proj[1], .tokens = proj[0] / channels, .channels = channels};
  }
  const std::vector<int64_t> latents = sizes("image_proj.latents", 3);
  const auto layer = [](int64_t i) { return tensor::format("image_proj.layers.{}.", i); };
  int64_t depth = 0;
  while (file_.contains(layer(depth) + "0.to_q.weight")) ++depth;
  return {.is_resampler = true,
          .inputs = sizes("image_proj.proj_in.weight", 2)[1],
          .tokens = latents[1],
          .channels = sizes("image_proj.proj_out.weight", 2)[0],
          .hidden = latents[2],
          .depth = depth,
          .inner = sizes(layer(0) + "0.to_q.weight", 2)[0],
          .ff_inner = sizes(layer(0) + "1.1.weight", 2)[0]};
}

IpAdapterFile::Weights IpAdapterFile::read(UNet2DConditionModel& unet) const {
  Weights weights{.config = projector_config(), .projector = {}, .attentions = {}};
  expect_family(unet, weights.config);
  Taken taken(file_);
  weights.projector = projector_weights(weights.config, taken);
  int number = 1;
  for (const Attention* attention : cross_attentions(unet)) {
    const tensor::Shape shape = {attention->channels(), unet.config().cross_attention_dim};
    const std::string front = tensor::format("ip_adapter.{}.", number);
    weights.attentions.push_back({taken.take({front + "to_k_ip.weight"}, shape),
                                  taken.take({front + "to_v_ip.weight"}, shape)});
    number += 2;
  }
  taken.expect_all_used();
  return weights;
}

void IpAdapterFile::add_to(UNet2DConditionModel& unet) const {
  const Weights weights = read(unet);
  const auto owners = std::make_shared<const nn::WeightOwners>(
      nn::WeightOwners{.files = {file_.mapping()}, .arrays = {}});
  ImageProjector& projector = unet.image_projectors().add(weights.config);
  for (nn::Parameter* parameter : nn::all_parameters(projector)) {
    parameter->set(weights.projector.at(name_in(projector, *parameter)));
  }
  projector.share(owners);
  const std::vector<Attention*> layers = cross_attentions(unet);
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto& [to_k, to_v] = weights.attentions[i];
    layers[i]->processor<ImageAttention>().add(to_k, to_v, owners);
  }
}

}  // namespace sdxl
