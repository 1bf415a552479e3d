#include "sdxl/vision/open_vision_model.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sdxl/checkpoint/part_names.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/json_text.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

const char* const wanted = "expected an image encoder by transformers' names (vision_model. ...)";

/// What other files hold, by the beginning of a tensor's name.
const std::vector<std::pair<std::string, std::string>> others = {
    {"visual.", "a CLIP by OpenCLIP's names"},
    {"transformer.resblocks.", "a CLIP by OpenCLIP's names"},
    {"text_model.", "a text encoder alone"},
    {"image_proj.", "an IP-Adapter"},
};

bool begins(const nn::WeightSource& source, const std::string& front) {
  const auto found = source.weights.lower_bound(front);
  return found != source.weights.end() && found->first.starts_with(front);
}

/// Leaves out the text half of a whole CLIP.
/// Errors: std::runtime_error for a file without an image encoder.
void keep_image_half(nn::WeightSource& source) {
  if (!begins(source, "vision_model.")) {
    for (const auto& [front, what] : others) {
      if (begins(source, front)) {
        tensor::fail("{}: holds {}; {}", source.description, what, wanted);
      }
    }
    tensor::fail(
        "{}: holds no image encoder; {}, got {}", source.description, wanted,
        source.weights.empty() ? "none" : tensor::printable(source.weights.begin()->first));
  }
  std::erase_if(source.weights, [](const auto& entry) {
    return entry.first.starts_with("text_model.") || entry.first.starts_with("text_projection.");
  });
}

/// The config of a whole CLIP: its field vision_config, with the projection's width beside it.
ConfigReader vision_config(const fs::path& path) {
  const nlohmann::json json = parse_json(tensor::io::read_text(path));
  if (!json.is_object() || !json.contains("vision_config")) return ConfigReader(path);
  nlohmann::json inner = json["vision_config"];
  if (!inner.is_object()) {
    tensor::fail("{}: vision_config: expected an object, got {}", path.string(),
                 tensor::printable(json_text(inner)));
  }
  if (json.contains("projection_dim")) inner["projection_dim"] = json["projection_dim"];
  ConfigReader reader = ConfigReader::parse(json_text(inner), path);
  reader.set_class_name("CLIPVisionModelWithProjection");
  return reader;
}

ClipVisionConfig published_config(const nn::WeightSource& source) {
  const auto found = source.weights.find("vision_model.embeddings.class_embedding");
  const int64_t width =
      found == source.weights.end() ? 0 : found->second.shape.size();  // its last axis
  for (const ClipVisionConfig& config : {ClipVisionConfig::clip_l(), ClipVisionConfig::openclip_h(),
                                         ClipVisionConfig::openclip_bigg()}) {
    if (config.hidden_size == width) return config;
  }
  tensor::fail(
      "{}: an image encoder of {} channels without a config.json beside it; expected one, or 1024, "
      "1280 or 1664 channels (ViT-L/14, ViT-H/14, ViT-bigG/14)",
      source.description, width);
}

ClipVisionConfig config_of(const fs::path& path, const nn::WeightSource& source) {
  const bool is_folder = fs::is_directory(path);
  const fs::path file = (is_folder ? path : path.parent_path()) / "config.json";
  if (is_folder && !fs::exists(file)) {
    tensor::fail("{}: has no config.json; expected an image encoder's folder or file",
                 path.string());
  }
  const bool is_its_own =
      is_folder || config_beside(path, {"CLIPVisionModelWithProjection", "CLIPModel"});
  if (!is_its_own) return published_config(source);
  return ClipVisionConfig::read(vision_config(file));
}

}  // namespace

std::shared_ptr<const CLIPVisionModel> open_vision_model(const fs::path& path,
                                                         const std::string& variant,
                                                         const std::string& name,
                                                         const LoadPolicy& policy) {
  if (!fs::exists(path)) tensor::fail("{}: there is no such folder or file", path.string());
  nn::WeightSource source =
      open_weights(fs::is_directory(path) ? find_weights(path, "model", variant) : path);
  keep_image_half(source);
  auto model = std::make_shared<CLIPVisionModel>(nn::root(name), config_of(path, source));
  load_part(*model, "CLIPVisionModelWithProjection", source, policy);
  return model;
}

}  // namespace sdxl
