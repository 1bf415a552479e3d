#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/observe/knob.h"
#include "tensor/io/safetensors.h"

namespace nn {

/// Replaces the outputs of modules with those of a trace file.
///
/// In step K the output is the file's "step.K/PATH" or, if there is none, "PATH"; a module without
/// either keeps its own. A trace has the rows of all calls of a module, one behind the other: each
/// call here takes as many rows as its own output has, from the first row in each step.
class Hold : public Knob {
 public:
  /// The modules that match the pattern, of a trace that `sdxl trace` or `generate --trace` wrote.
  Hold(std::string pattern, const std::string& file);
  /// The modules of these paths that the file has outputs of.
  std::vector<std::string> held_among(const std::vector<std::string>& paths) const;

  void begin_step(int step);
  void end_step();
  /// Errors: std::runtime_error for an output of another shape in the file.
  Tensor replace(const Module& module, const Tensor& output) override;

 private:
  /// The name of a path's output in the file, in the current step; "" if there is none.
  std::string name_of(const std::string& path) const;

  std::string pattern_;
  tensor::io::SafetensorsFile file_;
  int step_ = -1;  // -1: outside of the steps
  // The rows that were taken by path: in this step, and in the run outside of the steps.
  std::map<std::string, int64_t> rows_in_step_, rows_outside_;
};

}  // namespace nn
