#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/pipeline_arguments.h"
#include "tests/support/golden.h"

namespace support {

/// What diffusers drew in one case with a model of tests/goldens/models: the latents after every
/// step, the finished ones and the images. The metadata holds the model's name and the call.
class PipelineGolden {
 public:
  /// `vae` names an autoencoder among the models that takes the place of the model's own.
  explicit PipelineGolden(const std::string& name, const std::string& vae = "");

  const Golden golden;
  const nlohmann::json call;  // diffusers' arguments
  sdxl::StableDiffusionXL model;

  /// The arguments that all pipelines share; the sizes too, but for the negative ones.
  void read(sdxl::PipelineArguments& args, const sdxl::PixelSize& default_size) const;
  /// A pair such as "original_size", height first.
  sdxl::PixelSize size(const char* key, const sdxl::PixelSize& fallback) const;
  /// The negative sizes, with these for what the call doesn't say.
  sdxl::MicroConditioning negative_sizes(const sdxl::MicroConditioning& fallback) const;

  /// Draws, and checks latents within 1e-4 and pixels within 1 of 255.
  using Draw = std::function<tensor::Tensor(sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise,
                                            const sdxl::StepHooks& hooks)>;
  void check(const Draw& draw) const;
};

}  // namespace support
