#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/observe/compare.h"
#include "sdxl/parity/dump.h"

namespace sdxl {

/// The cause of a difference between a module's output and the reference's.
enum class Cause {
  weights,       // its weights differ
  constant,      // weights and input are equal: an epsilon, a scale or a padding differs
  arithmetic,    // all its children are right: its own forward is wrong
  precision,     // the reference rounded to half precision, or to TF32
  incomparable,  // another shape, NaN, or a run that stopped
};
std::string name_of(Cause cause);

/// A local error beyond the limit: the module, the size and the cause.
struct Finding {
  std::string path;
  Cause cause;
  std::string text;
};

/// The comparison of a component with a dump.
struct Parity {
  nn::Comparison local_error;        // each module on the reference's values
  nn::Comparison accumulated_error;  // each module in a run of the whole component
  std::vector<Finding> findings;
  std::vector<std::string> weights;      // names of those that differ, the component in front
  std::vector<std::string> only_theirs;  // paths that only the dump has
  std::vector<std::string> perturbed;    // self-attentions that ran perturbed there, and so here
  double limit = 0.0;                    // the argument, or a larger one for half precision
  bool reference_is_half = false;

  bool agrees() const { return findings.empty(); }
  /// One line: all agree, or the first finding.
  std::string verdict() const;
};

/// Runs a component on the dump's inputs twice: first with every module's output replaced by the
/// reference's (nn::TeacherForcing), then without. Each local error beyond the limit gets a cause:
/// its weights differ; or the layer, run alone on the reference's own input, differs; otherwise the
/// forward of its parent is wrong.
///
/// Of a module that ran several times in the component's one run the dump has the first output, and
/// that one is compared. Self-attentions that ran perturbed there (PerturbedAttention) do so here.
///
/// Errors: std::runtime_error when the dump is of another model.
Parity check_parity(const ComponentModel& model, const Dump& dump, const std::string& component,
                    double limit);

}  // namespace sdxl
