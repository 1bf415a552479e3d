#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/vision/clip_vision_model.h"

namespace sdxl {

/// A CLIP image encoder. `path` is a folder with config.json and weights, or a file of weights by
/// transformers' names: of a CLIPVisionModelWithProjection, or of a whole CLIPModel, whose text
/// half is left out. A file without a config.json beside it has the sizes of the published encoder
/// with its width: 1024 (OpenAI's ViT-L/14), 1280 (LAION's ViT-H/14) or 1664 (ViT-bigG/14).
/// `name` is the root of its modules' paths, such as "image_encoder".
/// Errors: std::runtime_error that says what the path holds when it is no image encoder; those of
/// load_part.
std::shared_ptr<const CLIPVisionModel> open_vision_model(const std::filesystem::path& path,
                                                         const std::string& variant,
                                                         const std::string& name,
                                                         const LoadPolicy& policy = {});

}  // namespace sdxl
