#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "nn/module.h"
#include "sdxl/pixel_size.h"
#include "sdxl/text/clip_text_config.h"
#include "sdxl/unet/unet_config.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// A component of a model, and a function that runs it once on one image or one prompt.
struct TreeSubject {
  std::string class_name;
  std::unique_ptr<nn::Module> model;
  PixelSize own_size = {};  // of the images it was trained with; 0 for a text encoder
  std::function<void(const PixelSize&)> forward;
};

TreeSubject tree_subject(const UNetConfig& config);
/// `component` is text_encoder or text_encoder_2, the front of its paths.
TreeSubject tree_subject(const ClipTextConfig& config, const std::string& component);
TreeSubject tree_subject(const VaeConfig& config);

/// The published components whose configs are built in: "sdxl-base" ... "vae".
const std::map<std::string, std::function<TreeSubject()>>& built_in_subjects();

}  // namespace sdxl
