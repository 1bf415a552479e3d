#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// The difference between one module's output and the reference's.
struct Difference {
  std::string path;
  double max_absolute = 0.0;  // largest |ours - theirs|
  double relative = 0.0;      // ||ours - theirs|| / ||theirs||, Euclidean; ||ours|| where that is 0
  std::string problem;        // if they can't be compared: no such path, another shape, NaN
  double factor = 1.0;        // the f that minimises ||ours - f theirs||
  double residual = 0.0;      // ||ours - factor theirs|| / ||theirs||

  bool is_beyond(double limit) const { return !problem.empty() || relative > limit; }
};

Difference difference(const std::string& path, const Tensor& ours, const Tensor& theirs);

/// Outputs of two runs, path by path in the order of the reference.
struct Comparison {
  std::vector<Difference> rows;

  /// The first row that has a problem or whose relative difference is above the limit; null if all
  /// agree.
  const Difference* first_beyond(double limit) const;
  /// "" when all agree, else "first divergence at PATH: max |d| ..., rel ... (limit ...); N outputs
  /// before it agree".
  std::string verdict(double limit) const;
  /// The row of a path, or null.
  const Difference* find(const std::string& path) const;
};

/// A table of several comparisons, each under its title. The rows are those of the first one; a row
/// that is beyond the limit there is marked.
struct Column {
  std::string title;
  const Comparison* comparison;
};
std::string table(const std::vector<Column>& columns, double limit);

/// Compares by path; a path on one side only is a row with a problem. NaN and infinity are problems
/// too, even on both sides.
Comparison compare(const std::vector<Recorder::Entry>& ours,
                   const std::vector<Recorder::Entry>& theirs);

}  // namespace nn
