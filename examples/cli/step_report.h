#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "examples/cli/generate_options.h"
#include "examples/cli/progress.h"
#include "examples/cli/run_trace.h"
#include "sdxl/inspect/latent_colours.h"
#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace cli {

/// Shows progress around the steps, counted through from the first model to the last, writes
/// previews, and passes the steps to the trace.
class StepReport {
 public:
  /// `trace` may be null.
  StepReport(const GenerateOptions& options, RunTrace* trace);

  /// For the steps of one task, such as "refiner step", of a model.
  sdxl::StepHooks hooks(const std::string& task, const sdxl::StableDiffusionXL& model);
  /// After the last task.
  void end() { progress_.reset(); }

 private:
  void write_preview(const tensor::Tensor& latents) const;

  bool quiet_;
  std::filesystem::path preview_;  // a folder; empty: none
  RunTrace* trace_;                // null: none
  int count_ = 0;                  // steps so far
  std::optional<sdxl::LatentColours> colours_;
  std::unique_ptr<Progress> progress_;
};

}  // namespace cli
