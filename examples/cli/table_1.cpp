#include "examples/cli/table_1.h"

#include <array>
#include <iomanip>
#include <iostream>
#include <string>

#include "nn/parameter.h"
#include "sdxl/text/clip_text_config.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/error.h"

namespace cli {

namespace {

/// Facts about a UNet, read from its modules and weights and not from its config.
class Unet {
 public:
  explicit Unet(const sdxl::UNetConfig& config)
      : unet_(nn::root(), config), parameters_(nn::all_parameters(unet_)) {}

  int64_t parameters() const {
    int64_t count = 0;
    for (const nn::Parameter* parameter : parameters_) count += parameter->shape().size();
    return count;
  }

  /// The shape of a weight, or one of rank 0.
  tensor::Shape shape(const std::string& name) const {
    for (const nn::Parameter* parameter : parameters_) {
      if (parameter->name() == name) return parameter->shape();
    }
    return {};
  }
  bool has(const std::string& name) const { return shape(name).rank() > 0; }

  int levels() const {
    int count = 0;
    while (has(resnet(count))) ++count;
    return count;
  }
  static std::string resnet(int level) {
    return "down_blocks." + std::to_string(level) + ".resnets.0.conv1.weight";
  }
  int64_t channel_multiplier(int level) const {
    return shape(resnet(level)).dim(0) / shape("conv_in.weight").dim(0);
  }

  /// BasicTransformerBlocks of one Transformer2D; if the last level has none, those of the middle.
  int transformer_blocks(int level) const {
    const int count = transformer_blocks("down_blocks." + std::to_string(level));
    return count == 0 && level + 1 == levels() ? transformer_blocks("mid_block") : count;
  }
  int transformer_blocks(const std::string& path) const {
    int count = 0;
    while (has(attention(path, count))) ++count;
    return count;
  }
  static std::string attention(const std::string& path, int block) {
    return path + ".attentions.0.transformer_blocks." + std::to_string(block) +
           ".attn2.to_k.weight";
  }
  int64_t context_dim() const { return shape(attention("mid_block", 0)).dim(1); }

 private:
  sdxl::UNet2DConditionModel unet_;
  std::vector<nn::Parameter*> parameters_;
};

template <class Number>
std::string list(int count, const Number& number) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::to_string(number(i));
  return text + "]";
}

/// The encoders whose concatenated features have the width of the context.
std::string text_encoder(int64_t context_dim) {
  const int64_t clip_l = sdxl::ClipTextConfig::clip_l().hidden_size;
  const int64_t bigg = sdxl::ClipTextConfig::openclip_bigg().hidden_size;
  if (context_dim == clip_l) return "CLIP ViT-L";
  if (context_dim == clip_l + bigg) return "CLIP ViT-L & OpenCLIP ViT-bigG";
  return "one of width " + std::to_string(context_dim);
}

/// The encoder whose pooled text is concatenated with the six sizes, each a sinusoid of 256 values.
std::string pooled_text(const Unet& unet) {
  const std::string name = "add_embedding.linear_1.weight";
  if (!unet.has(name)) return "N/A";
  const int64_t width = unet.shape(name).dim(1) - 6 * 256;
  const bool is_bigg = width == sdxl::ClipTextConfig::openclip_bigg().projection_dim;
  return is_bigg ? "OpenCLIP ViT-bigG" : "one of width " + std::to_string(width);
}

using TableRow = std::array<std::string, 3>;

void print(const std::string& name, const TableRow& ours, const TableRow& papers) {
  for (const auto& [title, row] : {std::pair{name, ours}, {std::string("  paper"), papers}}) {
    std::cout << std::left << std::setw(21) << title << std::setw(33) << row[0] << std::setw(19)
              << row[1] << row[2] << "\n";
  }
}

}  // namespace

void print_table_1() {
  const std::array<Unet, 3> unets = {Unet(sdxl::UNetConfig::sdxl_base()),
                                     Unet(sdxl::UNetConfig::sd15()),
                                     Unet(sdxl::UNetConfig::sd21())};
  const auto row = [&](auto value) {
    return TableRow{value(unets[0]), value(unets[1]), value(unets[2])};
  };
  std::cout << std::left << std::setw(21) << "" << std::setw(33) << "SDXL" << std::setw(19)
            << "SD 1.4/1.5"
            << "SD 2.0/2.1\n";
  print("UNet parameters", row([](const Unet& u) { return std::to_string(u.parameters()); }),
        {"2.6B", "860M", "865M"});
  print("Transformer blocks", row([](const Unet& u) {
          return list(u.levels(), [&](int i) { return u.transformer_blocks(i); });
        }),
        {"[0, 2, 10]", "[1, 1, 1, 1]", "[1, 1, 1, 1]"});
  print("Channel multipliers", row([](const Unet& u) {
          return list(u.levels(), [&](int i) { return u.channel_multiplier(i); });
        }),
        {"[1, 2, 4]", "[1, 2, 4, 4]", "[1, 2, 4, 4]"});
  print("Text encoder", row([](const Unet& u) { return text_encoder(u.context_dim()); }),
        {"CLIP ViT-L & OpenCLIP ViT-bigG", "CLIP ViT-L", "OpenCLIP ViT-H"});
  print("Context dimension", row([](const Unet& u) { return std::to_string(u.context_dim()); }),
        {"2048", "768", "1024"});
  print("Pooled text", row(pooled_text), {"OpenCLIP ViT-bigG", "N/A", "N/A"});
}

}  // namespace cli
