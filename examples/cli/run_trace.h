#pragma once

#include <memory>

#include "examples/cli/step_set.h"
#include "examples/cli/trace_options.h"
#include "nn/trace.h"
#include "tensor/io/safetensors.h"

namespace cli {

/// Keeps what `generate --trace` writes while a run goes on: the UNets' and ControlNets' modules in
/// the chosen steps, and those of the other chosen components in the whole run.
///
///   PATH, inputs/PATH/NAME                  of a single step, and of the other components
///   step.K/PATH, step.K/inputs/PATH/NAME    of step K, where several are chosen
class RunTrace {
 public:
  explicit RunTrace(const TraceOptions& options);

  /// Around every step, counted from 0 over all schedules of the run.
  void begin_step(int step);
  void end_step();
  /// After the run. Errors: std::runtime_error for a step that was not taken, and for paths of
  /// which none has an output.
  tensor::io::NamedTensors tensors() const;

 private:
  TraceOptions options_;
  StepSet steps_;
  nn::Recorder outside_;  // of the other components
  std::unique_ptr<nn::Recorder> in_step_;
  int step_ = 0;   // the current one
  int taken_ = 0;  // steps so far
  bool has_step_ = false;
  tensor::io::NamedTensors of_steps_;
};

}  // namespace cli
