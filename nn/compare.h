#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// How far one module's output is from the reference's.
struct Difference {
  std::string path;
  double max_absolute = 0.0;  // largest |ours - theirs|
  double relative =
      0.0;  // ||ours - theirs|| / ||theirs||, Euclidean; ||ours|| where theirs is all 0
  std::string
      problem;  // why the two can't be compared: a missing path, another shape, NaN; else ""
};

/// Outputs of two runs, path by path in the order of the reference.
struct Comparison {
  std::vector<Difference> rows;

  /// The first row that has a problem or whose relative difference is above the limit; null if all
  /// agree.
  const Difference* first_beyond(double limit) const;
  /// "" when all agree, else "first divergence at PATH: max |d| ..., rel ... (limit ...); N outputs
  /// before it agree".
  std::string verdict(double limit) const;
  /// All rows as a table, the ones beyond the limit marked.
  std::string table(double limit) const;
};

/// Compares by path; a path on one side only is a row with a problem. NaN agrees with nothing.
Comparison compare(const std::vector<Recorder::Entry>& ours,
                   const std::vector<Recorder::Entry>& theirs);

}  // namespace nn
