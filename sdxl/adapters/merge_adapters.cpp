#include "sdxl/adapters/merge_adapters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "sdxl/adapters/adapter_file.h"
#include "sdxl/checkpoint/weight_files.h"
#include "tensor/error.h"
#include "tensor/io/write_weights.h"
#include "tensor/ops.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

using tensor::DType;
using tensor::WeightView;

/// The model of a component, without weights.
std::unique_ptr<nn::Module> model_of(const Checkpoint& checkpoint, const std::string& component) {
  if (component == "unet") {
    return std::make_unique<UNet2DConditionModel>(nn::root(component), checkpoint.unet_config());
  }
  return std::make_unique<CLIPTextModel>(nn::root(component), checkpoint.text_config(component));
}

/// float32 elements in the dtype of a file.
class Rounded {
 public:
  Rounded(const Tensor& x, DType dtype, const std::string& name)
      : shape_(x.shape()), dtype_(dtype) {
    if (dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
      tensor::fail("{}: is stored in {}; expected float32, float16 or bfloat16 to merge into", name,
                   tensor::name_of(dtype));
    }
    whole_ = dtype == DType::f32 ? x : Tensor();
    if (dtype == DType::f32) return;
    const auto round = dtype == DType::f16 ? tensor::to_f16 : tensor::to_bf16;
    const uint16_t infinity = dtype == DType::f16 ? 0x7c00 : 0x7f80;
    for (int64_t i = 0; i < x.size(); ++i) {
      halves_.push_back(round(x.data()[i]));
      const bool is_lost = (halves_.back() & 0x7fff) == infinity && std::isfinite(x.data()[i]);
      if (!is_lost) continue;
      tensor::fail(
          "{}: becomes {} by the adapter, beyond the largest number of {}; try a smaller "
          "scale, or a model in float32",
          name, x.data()[i], tensor::name_of(dtype));
    }
  }
  WeightView view() const {
    return {dtype_ == DType::f32 ? static_cast<const void*>(whole_.data()) : halves_.data(), dtype_,
            shape_};
  }

 private:
  tensor::Shape shape_;
  DType dtype_;
  Tensor whole_;
  std::vector<uint16_t> halves_;
};

class Merge {
 public:
  Merge(const fs::path& from, const std::string& variant, const std::vector<AdapterChoice>& choices)
      : from_(from), variant_(variant), folder_(from, {.variant = variant}), choices_(choices) {
    for (const AdapterChoice& choice : choices) files_.emplace_back(choice.file);
  }

  std::vector<MergedComponent> write(const fs::path& to) {
    std::vector<MergedComponent> merged;
    for (const std::string component : {"unet", "text_encoder", "text_encoder_2"}) {
      if (folder_.has_component(component)) merged.push_back(write(component, to));
    }
    for (const AdapterFile& file : files_) file.expect_all_used();
    std::erase_if(merged, [](const MergedComponent& c) { return c.layers == 0; });
    copy_rest(merged, to);
    return merged;
  }

 private:
  /// Writes a component's weights, if an adapter changes any.
  MergedComponent write(const std::string& component, const fs::path& to) {
    const auto model = model_of(folder_, component);
    folder_.load(component, *model);
    nn::WeightSource source = folder_.weights(component);
    std::map<std::string, Tensor> changed;
    for (size_t i = 0; i < files_.size(); ++i) {
      for (const auto& [layer, adapter] :
           files_[i].layers_of(*model, component, choices_[i].scale)) {
        if (choices_[i].scale == 0.0) continue;
        const std::string name = layer->parameters().front()->name();
        Tensor& weight = changed[name];
        if (weight.empty()) weight = Tensor::from(weight_of(*layer));
        weight =
            merged_weight(adapter, {weight.data(), DType::f32, weight.shape()}, weight_of(*layer));
      }
    }
    MergedComponent result{component, static_cast<int64_t>(changed.size()), {}};
    if (changed.empty()) return result;
    std::map<std::string, Rounded> rounded;
    for (const auto& [name, weight] : changed) {
      const WeightView& stored = source.weights.at(name);
      rounded.emplace(name,
                      Rounded(weight.reshape(stored.shape), stored.dtype, component + "." + name));
    }
    tensor::io::NamedWeights weights;
    for (const auto& [name, view] : source.weights) {
      const auto found = rounded.find(name);
      weights.emplace_back(name, found == rounded.end() ? view : found->second.view());
    }
    result.file = fs::path(component) / file_name(component);
    fs::create_directories(to / component);
    tensor::io::write_weights(to / result.file, weights, {{"format", "pt"}});
    return result;
  }

  /// The name of the weights' file in the folder; where they lie in parts, the name of a whole file.
  std::string file_name(const std::string& component) const {
    const std::string stem = component == "unet" ? "diffusion_pytorch_model" : "model";
    std::string name = find_weights(from_ / component, stem, variant_).filename().string();
    const std::string index = ".safetensors.index", end = ".json";
    if (!name.ends_with(end)) return name;
    name = name.substr(0, name.size() - end.size());
    const std::string of_variant = name.substr(name.find(index) + index.size());
    return stem + of_variant + ".safetensors";
  }

  /// Copies all files but the old weights of the components that were written.
  void copy_rest(const std::vector<MergedComponent>& merged, const fs::path& to) const {
    std::set<std::string> written;
    for (const MergedComponent& component : merged) written.insert(component.name);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from_)) {
      const fs::path path = fs::relative(entry.path(), from_);
      const std::string name = path.filename().string();
      const bool is_config = name == "config.json" || name == "generation_config.json";
      const bool is_replaced = written.contains(path.begin()->string()) && !is_config;
      if (is_replaced || !fs::is_regular_file(entry.path())) continue;
      fs::create_directories((to / path).parent_path());
      fs::copy_file(entry.path(), to / path);
    }
  }

  fs::path from_;
  std::string variant_;
  DiffusersFolder folder_;
  std::vector<AdapterChoice> choices_;
  std::vector<AdapterFile> files_;
};

}  // namespace

std::vector<MergedComponent> merge_adapters(const fs::path& from, const std::string& variant,
                                            const std::vector<AdapterChoice>& choices,
                                            const fs::path& to) {
  if (fs::exists(to)) tensor::fail("{}: is there already; expected a new folder", to.string());
  Merge merge(from, variant, choices);
  const fs::path partial = to.string() + ".partial";
  fs::remove_all(partial);
  try {
    std::vector<MergedComponent> merged = merge.write(partial);
    fs::rename(partial, to);
    return merged;
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(partial);
    tensor::fail("{}: cannot be written: {}", to.string(), error.code().message());
  } catch (...) {
    fs::remove_all(partial);
    throw;
  }
}

}  // namespace sdxl
