#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "nn/module_list.h"
#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/vision/clip_vision_model.h"
#include "tensor/image/image.h"

namespace sdxl {

/// How much people like a picture on average, from about 1 to 10: linear layers without an
/// activation between them on CLIP's image embedding, scaled to length 1.
///
///   score = layers(x / |x|),   widths D, 1024, 128, 64, 16, 1 as published
///
/// x (N, D) -> (N, 1). It is the number that SDXL's refiner is conditioned on (aesthetic_score).
/// source: christophschuhmann/improved-aesthetic-predictor, simple_inference.py
/// paper: arXiv 2210.08402 (LAION-5B), section 5.1;  arXiv 2307.01952, section 2.5
class AestheticPredictor : public nn::Module {
 public:
  /// `widths`, from D to 1, and the name of each layer: numbers with gaps, where the training had
  /// dropout.
  AestheticPredictor(const nn::Slot& slot, const std::vector<int64_t>& widths,
                     const std::vector<std::string>& names);
  int64_t inputs() const { return inputs_; }
  Tensor forward(const Tensor& x) const;

 private:
  std::vector<std::unique_ptr<nn::Linear>> layers_;
  int64_t inputs_;
};

/// A predictor of a safetensors file with layers.N.weight and .bias (layers.0, 2, 4, 6, 7 as
/// published), or behind a prefix such as "model.". The file says the widths.
/// Errors: std::runtime_error for a file without such layers, and layers that don't follow each
/// other.
std::shared_ptr<const AestheticPredictor> open_aesthetic_predictor(
    const std::filesystem::path& file, const LoadPolicy& policy = {});

/// The score of one image. Errors: std::runtime_error for an encoder of another width than the
/// predictor takes.
double aesthetic_score(const CLIPVisionModel& encoder, const AestheticPredictor& predictor,
                       const tensor::Image& image);

}  // namespace sdxl
