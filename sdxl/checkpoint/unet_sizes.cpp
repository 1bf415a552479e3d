#include "sdxl/checkpoint/unet_sizes.h"

#include <algorithm>
#include <string>

#include "tensor/error.h"

namespace sdxl {

namespace {

using Depths = std::vector<int64_t>;
using tensor::io::SafetensorsFile;

/// A UNet in a file, read by our names.
class UNetFile {
 public:
  UNetFile(const UNetConfig& config, const SafetensorsFile& file, const PartNames& names)
      : config_(config), file_(file), names_(names) {}

  std::string place_of(const std::string& parameter) const {
    const bool is_sgm = names_.layout == PartNames::Layout::stability;
    return names_.prefix + (is_sgm ? single_file_unet(parameter, config_).name : parameter);
  }

  /// Axis `axis` of a parameter, or `fallback` where it is absent.
  int64_t dim(const std::string& parameter, int axis, int64_t fallback) const {
    const std::string name = place_of(parameter);
    const bool is_there = file_.contains(name) && file_.shape(name).rank() > 1;
    return is_there ? file_.shape(name).dim(axis) : fallback;
  }

  /// Whether the file has any parameter of a module: `parameter` is one of them, below `inner`.
  bool has(const std::string& module, const std::string& inner) const {
    std::string front = place_of(module + "." + inner);
    front.erase(front.size() - inner.size());
    return std::ranges::any_of(file_.names(),
                               [&](const std::string& name) { return name.starts_with(front); });
  }

  /// How many transformer blocks a Transformer2D has.
  int64_t depth(const std::string& attention) const {
    int64_t count = 0;
    while (has(tensor::format("{}.transformer_blocks.{}", attention, count), "norm1.weight")) {
      ++count;
    }
    return count;
  }

  /// Those of a block's Transformer2Ds.
  Depths depths(const std::string& block, int64_t layers) const {
    Depths result;
    for (int64_t i = 0; i < layers; ++i) {
      result.push_back(depth(tensor::format("{}.attentions.{}", block, i)));
    }
    return result;
  }

 private:
  const UNetConfig& config_;
  const SafetensorsFile& file_;
  const PartNames& names_;
};

BlockType middle_of(const UNetFile& file) {
  if (file.has("mid_block.attentions.0", "norm.weight")) return BlockType::cross_attention;
  // Without attention it is a resnet, whose layers have other names in Stability's layout.
  return file.has("mid_block.resnets.0.conv1", "weight") ? BlockType::plain : BlockType::none;
}

}  // namespace

UNetConfig sized_by_file(UNetConfig config, const SafetensorsFile& file, const PartNames& names) {
  const UNetFile unet(config, file, names);
  UNetConfig sized = config;
  sized.in_channels = unet.dim("conv_in.weight", 1, config.in_channels);
  sized.time_cond_proj_dim = unet.dim("time_embedding.cond_proj.weight", 1, 0);
  sized.mid_block_type = middle_of(unet);
  const size_t levels = config.levels();
  for (size_t level = 0; level < levels; ++level) {
    const int64_t layers = config.layers_per_block[level];
    const bool has_down = config.down_block_types[level] == BlockType::cross_attention;
    const bool has_up = config.up_block_types[levels - 1 - level] == BlockType::cross_attention;
    const auto down = tensor::format("down_blocks.{}", level);
    const auto up = tensor::format("up_blocks.{}", levels - 1 - level);
    sized.down_depths.push_back(has_down ? unet.depths(down, layers) : Depths(layers, 0));
    sized.up_depths.push_back(has_up ? unet.depths(up, layers + 1) : Depths(layers + 1, 0));
  }
  if (sized.mid_block_type == BlockType::cross_attention) {
    sized.transformer_layers_per_block.back() = unet.depth("mid_block.attentions.0");
  }
  return sized;
}

}  // namespace sdxl
