#include "examples/cli/step_report.h"

#include "examples/cli/images.h"
#include "examples/cli/trace_file.h"
#include "nn/observe/path_pattern.h"
#include "tensor/error.h"

namespace cli {

StepReport::StepReport(const GenerateOptions& o)
    : quiet_(o.quiet),
      preview_(o.preview),
      traced_step_(o.trace.empty() ? -1 : o.trace_step),
      traced_paths_(o.trace_paths) {}

sdxl::StepHooks StepReport::hooks(const std::string& task, const sdxl::StableDiffusionXL& model) {
  progress_ = std::make_unique<Progress>(task, quiet_);
  if (!preview_.empty()) colours_.emplace(*model.vae);
  return {.before =
              [this](int i, int n) {
                progress_->show(i, n);
                if (count_ != traced_step_) return;
                recorder_ = std::make_unique<nn::Recorder>(nn::paths_like(traced_paths_));
              },
          .after =
              [this](int i, int n, const tensor::Tensor& latents) {
                if (recorder_) keep_outputs();
                if (!preview_.empty()) write_preview(latents);
                ++count_;
                progress_->show(i + 1, n);
              }};
}

void StepReport::keep_outputs() {
  outputs_ = named_tensors(*recorder_);
  recorder_.reset();
  if (outputs_.empty()) {
    tensor::fail(
        "--trace-paths: step {} runs no module like {}; a list of modules has no output of its "
        "own, "
        "try {}.*",
        count_, traced_paths_.front(), traced_paths_.front());
  }
}

void StepReport::write_preview(const tensor::Tensor& latents) const {
  std::string number = std::to_string(count_);
  number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
  const tensor::Image image = side_by_side(colours_->images(latents));
  tensor::write_png(preview_ / ("step." + number + ".png"), image);
}

void StepReport::end() {
  progress_.reset();
  if (traced_step_ >= 0 && outputs_.empty()) {
    tensor::fail("--trace-step {}: there is no such step; {} were taken, counted from 0",
                 traced_step_, count_);
  }
}

}  // namespace cli
