#include "examples/cli/step_report.h"

#include "examples/cli/images.h"

namespace cli {

StepReport::StepReport(const GenerateOptions& o, RunTrace* trace)
    : quiet_(o.quiet), preview_(o.preview), trace_(trace) {}

sdxl::StepHooks StepReport::hooks(const std::string& task, const sdxl::StableDiffusionXL& model) {
  progress_ = std::make_unique<Progress>(task, quiet_);
  if (!preview_.empty()) colours_.emplace(*model.vae);
  return {.before =
              [this](int i, int n) {
                progress_->show(i, n);
                if (trace_) trace_->begin_step(count_);
              },
          .after =
              [this](int i, int n, const tensor::Tensor& latents) {
                if (trace_) trace_->end_step();
                if (!preview_.empty()) write_preview(latents);
                ++count_;
                progress_->show(i + 1, n);
              }};
}

void StepReport::write_preview(const tensor::Tensor& latents) const {
  std::string number = std::to_string(count_);
  number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
  const tensor::Image image = side_by_side(colours_->images(latents));
  tensor::write_png(preview_ / ("step." + number + ".png"), image);
}

}  // namespace cli
