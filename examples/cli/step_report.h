#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "examples/cli/generate_options.h"
#include "examples/cli/progress.h"
#include "nn/trace.h"
#include "sdxl/inspect/latent_colours.h"
#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/io/safetensors.h"

namespace cli {

/// Shows progress around the steps, counted through from the first model to the last, writes
/// previews, and keeps the outputs of one step's UNet calls while that step runs.
class StepReport {
 public:
  explicit StepReport(const GenerateOptions& options);

  /// For the steps of one task, such as "refiner step", of a model.
  sdxl::StepHooks hooks(const std::string& task, const sdxl::StableDiffusionXL& model);
  /// After the last task. Errors: std::runtime_error if no step was the one to trace.
  void end();
  /// Every module's output in the step that is traced.
  const tensor::io::NamedTensors& outputs() const { return outputs_; }

 private:
  void keep_outputs();
  void write_preview(const tensor::Tensor& latents) const;

  bool quiet_;
  std::filesystem::path preview_;  // a folder; empty: none
  int traced_step_;                // -1: none
  std::vector<std::string> traced_paths_;
  int count_ = 0;  // steps so far
  std::optional<sdxl::LatentColours> colours_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<nn::Recorder> recorder_;
  tensor::io::NamedTensors outputs_;
};

}  // namespace cli
