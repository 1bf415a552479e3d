#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/checkpoint/part_names.h"
#include "sdxl/config_reader.h"
#include "sdxl/text/clip_text_config.h"
#include "sdxl/unet/unet_config.h"

namespace sdxl {

/// A UNet or a text encoder to use in place of a model's own. `path` is one of:
///
///   a folder with config.json and weights, or a model's folder: its part is read
///   a file with the part alone, by diffusers' names or by Stability's (see find_part), or a whole
///   checkpoint: the part in it is read
///
/// A folder's config counts, and that beside a file if it is one of this class. A file without one
/// has the sizes of the model's own part; a UNet's inpainting channels and guidance embedding are
/// read from its tensors.
/// diffusers: loaders/single_file_model.py, from_single_file; modeling_utils.py, from_pretrained
class OtherPart {
 public:
  /// `component` is "unet", "text_encoder" or "text_encoder_2".
  /// Errors: std::runtime_error that says what the path holds when it holds no such part.
  OtherPart(const std::filesystem::path& path, const std::string& component,
            const std::string& variant, const LoadPolicy& policy);

  /// Whether the part says its own sizes.
  bool has_config() const { return config_.has_value(); }
  UNetConfig unet_config() const;                       // with has_config
  UNetConfig unet_config(const UNetConfig& own) const;  // without
  ClipTextConfig text_config() const;                   // with has_config
  nn::WeightSource weights(const nn::Module& model) const;

 private:
  void open_folder(const std::filesystem::path& folder, const std::string& variant,
                   const LoadPolicy& policy);
  void open_file(const std::filesystem::path& file);

  std::string component_;
  std::filesystem::path path_;                   // of the weights, or of their index
  std::optional<std::filesystem::path> config_;  // config.json, if the part has one
  std::optional<PartNames> names_;               // none for a folder: diffusers' names
};

}  // namespace sdxl
