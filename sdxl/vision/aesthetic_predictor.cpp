#include "sdxl/vision/aesthetic_predictor.h"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/vision/clip_pixels.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// x / |x| for each row; a row of zeros stays.
Tensor normalised(const Tensor& x) {
  const auto [n, width] = x.dims<2>();
  std::vector<float> lengths;
  for (int64_t i = 0; i < n; ++i) {
    double squares = 0.0;
    for (int64_t k = 0; k < width; ++k) {
      const double value = x.data()[i * width + k];
      squares += value * value;
    }
    lengths.push_back(squares == 0.0 ? 1.0f : static_cast<float>(std::sqrt(squares)));
  }
  return x / Tensor::from({n, 1}, std::move(lengths));
}

/// The N of "layers.N.weight"; nullopt for other names.
std::optional<int> layer_number(const std::string& name) {
  const std::string front = "layers.", back = ".weight";
  if (!name.starts_with(front) || !name.ends_with(back)) return std::nullopt;
  const char* first = name.data() + front.size();
  const char* last = name.data() + name.size() - back.size();
  int number = 0;
  const auto [end, error] = std::from_chars(first, last, number);
  return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

/// Leaves out what stands before "layers." in the file's names.
void drop_prefix(nn::WeightSource& source) {
  std::map<std::string, tensor::WeightView> rest;
  for (const auto& [name, view] : source.weights) {
    const size_t place = name.find(".layers.");
    rest.emplace(place == std::string::npos ? name : name.substr(place + 1), view);
  }
  source.weights = std::move(rest);
}

}  // namespace

AestheticPredictor::AestheticPredictor(const nn::Slot& slot, const std::vector<int64_t>& widths,
                                       const std::vector<std::string>& names)
    : Module(slot), inputs_(widths.front()) {
  for (size_t i = 0; i < names.size(); ++i) {
    layers_.push_back(std::make_unique<nn::Linear>(child(names[i]), widths[i], widths[i + 1]));
  }
}

Tensor AestheticPredictor::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = normalised(x);  // (N, D)
  for (const auto& layer : layers_) h = layer->forward(h);
  return record(h);  // (N, 1)
}

std::shared_ptr<const AestheticPredictor> open_aesthetic_predictor(
    const std::filesystem::path& file, const LoadPolicy& policy) {
  nn::WeightSource source = open_weights(file);
  drop_prefix(source);
  std::map<int, tensor::Shape> layers;
  for (const auto& [name, view] : source.weights) {
    if (const auto number = layer_number(name)) layers[*number] = view.shape;
  }
  if (layers.empty()) {
    tensor::fail(
        "{}: holds no aesthetic predictor: expected layers.0.weight ... layers.7.weight, got {}",
        source.description,
        source.weights.empty() ? "none" : tensor::printable(source.weights.begin()->first));
  }
  std::vector<int64_t> widths;
  std::vector<std::string> names;
  for (const auto& [number, shape] : layers) {
    const bool follows =
        shape.rank() == 2 && shape.size() > 0 && (widths.empty() || shape.dim(1) == widths.back());
    if (!follows) {
      tensor::fail("{}: layers.{}.weight: expected (outputs, {}), got {}", source.description,
                   number, widths.empty() ? "inputs" : std::to_string(widths.back()), shape);
    }
    if (widths.empty()) widths.push_back(shape.dim(1));
    widths.push_back(shape.dim(0));
    names.push_back(tensor::format("layers.{}", number));
  }
  if (widths.back() != 1) {
    tensor::fail("{}: its last layer gives {} numbers; expected one, the score", source.description,
                 widths.back());
  }
  auto predictor = std::make_shared<AestheticPredictor>(nn::root(), widths, names);
  load_part(*predictor, "AestheticPredictor", source, policy);
  return predictor;
}

double aesthetic_score(const CLIPVisionModel& encoder, const AestheticPredictor& predictor,
                       const tensor::Image& image) {
  if (encoder.config().projection_dim != predictor.inputs()) {
    tensor::fail(
        "the predictor takes an image embedding of {} numbers, and the CLIP gives {}; expected the "
        "CLIP that it was trained with (ViT-L/14: 768)",
        predictor.inputs(), encoder.config().projection_dim);
  }
  const Tensor pixels = clip_pixels(image, encoder.config().image_size);
  return predictor.forward(encoder.forward(pixels).image_embeds).at({0, 0});
}

}  // namespace sdxl
