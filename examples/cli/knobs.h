#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/cli/knob_options.h"
#include "examples/cli/step_set.h"
#include "nn/observe/hold.h"
#include "sdxl/pipeline/denoise.h"

namespace cli {

/// What the knobs act on.
struct KnobSubjects {
  std::vector<const nn::Module*> components;
  int64_t images = 0;  // conditional rows of a UNet's batch; 0: see sdxl::ContextSwap
  /// Encodes a prompt for the UNet of this path -> (1, 77, C).
  std::function<tensor::Tensor(const std::string& unet, const std::string& prompt)> encode;
};

/// The knobs of a command line, in effect during the lifetime of this object. Observers that are to
/// receive the changed outputs are constructed later.
class Knobs {
 public:
  /// Errors: std::runtime_error for a pattern that matches no module (with the nearest paths), a
  /// head or a skip that isn't there, and a file without outputs of the modules to hold.
  Knobs(const KnobOptions& options, const KnobSubjects& subjects);
  Knobs(const Knobs&) = delete;
  Knobs& operator=(const Knobs&) = delete;

  /// The hooks, with the knobs turned around them: steps are counted over all schedules of the run.
  sdxl::StepHooks around(sdxl::StepHooks hooks);
  /// At the end of a run. Errors: std::runtime_error for a knob that no module has met.
  void expect_met() const;

 private:
  /// A knob, its option, and the patterns of the modules that it changes.
  struct Part {
    std::string option;
    std::vector<std::string> patterns;
    std::unique_ptr<nn::Knob> knob;
  };
  void add_skips(const std::vector<std::string>& numbers,
                 const std::vector<const nn::Module*>& all);
  void add_heads(const std::vector<std::string>& texts, const std::vector<const nn::Module*>& all);
  void add_factors(const std::string& option, const std::vector<std::string>& texts,
                   const std::vector<const nn::Module*>& all);
  void turn(bool on);
  void begin_step();
  void end_step();

  std::vector<Part> parts_;
  std::vector<nn::Hold*> holds_;  // of the parts
  std::optional<StepSet> steps_;
  std::string steps_text_;
  int step_ = 0;
};

}  // namespace cli
