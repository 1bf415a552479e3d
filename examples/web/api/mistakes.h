#pragma once

#include "examples/web/api/session.h"
#include "sdxl/pipeline/text_to_image.h"

namespace web {

/// The common mistakes (docs/common_mistakes.md) that the arguments of a run can make, without another
/// program: their names in "mistakes" of a run's options. Others of them are a knob (attention_scale) or
/// a field of a config, which the page writes before it opens the model.
///
///   conditioning_crop_first, conditioning_width_first, guidance_halves, guidance_sign, image_truncated,
///   noise_channels_last, noise_unscaled, schedule_offset, schedule_spacing
class Mistakes {
 public:
  explicit Mistakes(const json& options)
      : names_(options.value("mistakes", std::vector<std::string>())) {}
  bool has(const std::string& name) const;

  void apply(sdxl::SchedulerConfig& config) const;
  /// Also draws the first noise, where that is where the mistake is.
  void apply(sdxl::TextToImage& args, const sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise,
             const tensor::Shape& latents) const;
  /// The picture's values, from -1 to 1.
  Tensor apply(const Tensor& picture) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace web
