#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/observe/compare.h"
#include "sdxl/parity/dump.h"

namespace sdxl {

/// Why a module's output is another one than the reference's.
enum class Cause {
  weights,       // it has other weights
  constant,      // the same weights and input, and yet: an epsilon, a scale, a padding
  arithmetic,    // its own lines, with every child's output right
  precision,     // the reference rounded to half precision, or to TF32
  incomparable,  // another shape, NaN, or a run that stopped
};
std::string name_of(Cause cause);

/// One difference that is made here: where, how far, and why.
struct Finding {
  std::string path;  // with the part in front, as in the dump
  Cause cause;
  std::string text;
};

/// How a component compares with a dump. Paths have the part in front.
struct Parity {
  nn::Comparison made;     // each module by itself, on the reference's numbers
  nn::Comparison arrived;  // in a run of the whole: what differences grow to
  std::vector<Finding> findings;
  std::vector<std::string> weights;      // names of those that differ
  std::vector<std::string> only_theirs;  // paths
  double limit = 0.0;                    // as asked for, or what half precision allows
  bool reference_is_half = false;

  bool agrees() const { return findings.empty(); }
  /// One line: all agree, or the first difference that is made.
  std::string verdict() const;
};

/// Runs a component on the dump's inputs twice: every module by itself on the reference's numbers
/// (nn::TeacherForcing), then the whole by itself. What is beyond the limit is explained: by its
/// weights; by running the layer alone on the very input that the reference's had; else by the
/// lines of the module around it.
///
/// Errors: std::runtime_error when the dump is of another model.
Parity check_parity(const ComponentModel& model, const Dump& dump, const std::string& component,
                    double limit);

}  // namespace sdxl
