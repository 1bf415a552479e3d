#include "examples/cli/run_trace.h"

#include "examples/cli/trace_file.h"
#include "nn/observe/path_pattern.h"
#include "tensor/error.h"

namespace cli {

namespace {

using nn::Recorder;

/// Whether a module runs in each step: those of UNets and ControlNets.
bool is_of_steps(const std::string& path) {
  const std::string own = path.starts_with("refiner.") ? path.substr(8) : path;
  const std::string component = own.substr(0, own.find('.'));
  return component == "unet" || component == "controlnet";
}

Recorder::Filter filter(const TraceOptions& o, bool of_steps) {
  return [=, is_like = nn::paths_like(o.paths)](const std::string& path) {
    return is_of_steps(path) == of_steps && o.has_component_of(path) && is_like(path);
  };
}

Recorder::Keep keep(const TraceOptions& o) {
  return o.inputs ? Recorder::Keep::inputs_and_outputs : Recorder::Keep::outputs;
}

}  // namespace

RunTrace::RunTrace(const TraceOptions& o)
    : options_(o), steps_(o.steps), outside_(filter(o, false), keep(o)) {}

void RunTrace::begin_step(int step) {
  step_ = step;
  if (!steps_.contains(step)) return;
  in_step_ = std::make_unique<Recorder>(filter(options_, true), keep(options_));
}

void RunTrace::end_step() {
  ++taken_;
  if (!in_step_) return;
  has_step_ = true;
  const std::string front = steps_.is_single() ? "" : "step." + std::to_string(step_) + "/";
  for (auto& [name, value] : named_tensors(*in_step_)) of_steps_.emplace_back(front + name, value);
  in_step_.reset();
}

tensor::io::NamedTensors RunTrace::tensors() const {
  const bool has_steps =
      options_.has_component_of("unet") || options_.has_component_of("controlnet");
  if (has_steps && (!has_step_ || steps_.last() >= taken_)) {
    tensor::fail("--trace-step {}: there is no such step; {} were taken, counted from 0",
                 options_.steps, taken_);
  }
  tensor::io::NamedTensors all = named_tensors(outside_);
  all.insert(all.end(), of_steps_.begin(), of_steps_.end());
  if (all.empty()) {
    tensor::fail(
        "--trace: no module of the chosen components{} ran; a list of modules has no output of its "
        "own, try {}.*",
        options_.paths.empty() ? "" : " like " + options_.paths.front(),
        options_.paths.empty() ? "all" : options_.paths.front());
  }
  return all;
}

}  // namespace cli
