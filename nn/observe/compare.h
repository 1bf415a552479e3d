#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// The difference between one module's output (ours) and the reference's (theirs).
struct Difference {
  std::string path;
  double max_absolute = 0.0;  // largest |ours - theirs|
  double relative = 0.0;      // ||ours - theirs|| / ||theirs||, Euclidean; ||ours|| where that is 0
  std::string problem;        // why they can't be compared: no such path, another shape, NaN; or ""
  double factor = 1.0;        // the f that minimises ||ours - f theirs||
  double residual = 0.0;      // ||ours - factor theirs|| / ||theirs||

  bool is_beyond(double limit) const { return !problem.empty() || relative > limit; }
};

/// The difference of two tensors of the same shape. Another shape, NaN or infinity is a `problem`.
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

/// A comparison as a column of a table.
struct Column {
  std::string title;
  const Comparison* comparison;
};
/// Several comparisons as a text table, side by side. The rows are those of the first column; a row
/// that is beyond the limit there is marked.
std::string table(const std::vector<Column>& columns, double limit);

/// Compares two lists of outputs path by path. A path on one side only is a row with a problem, and
/// so are NaN and infinity, even on both sides.
Comparison compare(const std::vector<Recorder::Entry>& ours,
                   const std::vector<Recorder::Entry>& theirs);

}  // namespace nn
