#include "examples/cli/step_report.h"

#include "examples/cli/preview.h"
#include "examples/cli/trace_file.h"
#include "tensor/error.h"

namespace cli {

StepReport::StepReport(const GenerateOptions& o)
    : quiet_(o.quiet), preview_(o.preview), traced_step_(o.trace.empty() ? -1 : o.trace_step) {}

sdxl::StepHooks StepReport::hooks(const std::string& task, const sdxl::StableDiffusionXL& model) {
  progress_ = std::make_unique<Progress>(task, quiet_);
  return {.before =
              [this](int i, int n) {
                progress_->show(i, n);
                if (count_ == traced_step_) recorder_ = std::make_unique<nn::Recorder>();
              },
          .after =
              [this, &model](int i, int n, const tensor::Tensor& latents) {
                if (recorder_) outputs_ = named_outputs(*recorder_, Component::unet);
                recorder_.reset();
                if (!preview_.empty()) write_preview(model.vae, latents);
                ++count_;
                progress_->show(i + 1, n);
              }};
}

void StepReport::write_preview(const sdxl::AutoencoderKL& vae,
                               const tensor::Tensor& latents) const {
  std::string number = std::to_string(count_);
  number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
  tensor::io::write_png(preview_ / ("step." + number + ".png"), preview(vae, latents));
}

void StepReport::end() {
  progress_.reset();
  if (traced_step_ >= 0 && outputs_.empty()) {
    tensor::fail("--trace-step {}: there is no such step; {} were taken, counted from 0",
                 traced_step_, count_);
  }
}

}  // namespace cli
