#include "nn/compare.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tensor/error.h"
#include "tensor/print.h"

namespace nn {

namespace {

Difference difference(const std::string& path, const Tensor& ours, const Tensor& theirs) {
  Difference row{path, 0.0, 0.0, ""};
  if (ours.shape() != theirs.shape()) {
    row.problem = tensor::format("shapes differ: ours {}, theirs {}", ours.shape(), theirs.shape());
    return row;
  }
  double error = 0.0, size = 0.0;
  for (int64_t i = 0; i < ours.size(); ++i) {
    const double gap = std::abs(static_cast<double>(ours.data()[i]) - theirs.data()[i]);
    if (std::isnan(gap)) {
      row.problem =
          tensor::format("number {} is {} here and {} there", i, ours.data()[i], theirs.data()[i]);
      return row;
    }
    row.max_absolute = std::max(row.max_absolute, gap);
    error += gap * gap;
    size += static_cast<double>(theirs.data()[i]) * theirs.data()[i];
  }
  row.relative = size > 0.0 ? std::sqrt(error / size) : std::sqrt(error);
  return row;
}

bool beyond(const Difference& row, double limit) {
  return !row.problem.empty() || row.relative > limit;
}

}  // namespace

const Difference* Comparison::first_beyond(double limit) const {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Difference& row) { return beyond(row, limit); });
  return found == rows.end() ? nullptr : &*found;
}

std::string Comparison::verdict(double limit) const {
  const Difference* first = first_beyond(limit);
  if (!first) return "";
  const auto before = first - rows.data();
  if (!first->problem.empty()) {
    return tensor::format("first divergence at {}: {}; {} outputs before it agree", first->path,
                          first->problem, before);
  }
  return tensor::format(
      "first divergence at {}: max |d| {}, rel {} (limit {}); {} outputs before it agree",
      first->path, first->max_absolute, first->relative, limit, before);
}

std::string Comparison::table(double limit) const {
  size_t width = 4;
  for (const Difference& row : rows) width = std::max(width, row.path.size());
  const auto line = [&](const std::string& path, const std::string& a, const std::string& b) {
    return path + std::string(width + 2 - path.size(), ' ') + a + std::string(14 - a.size(), ' ') +
           b + "\n";
  };
  std::string text = line("path", "max |d|", "relative");
  for (const Difference& row : rows) {
    const std::string mark = beyond(row, limit) ? "  <-- beyond the limit" : "";
    text += row.problem.empty() ? line(row.path, tensor::format("{}", row.max_absolute),
                                       tensor::format("{}{}", row.relative, mark))
                                : line(row.path, "", row.problem + mark);
  }
  return text;
}

Comparison compare(const std::vector<Recorder::Entry>& ours,
                   const std::vector<Recorder::Entry>& theirs) {
  std::map<std::string, const Tensor*> rest;
  for (const Recorder::Entry& entry : ours) rest[entry.path] = &entry.output;
  Comparison result;
  for (const Recorder::Entry& entry : theirs) {
    const auto found = rest.find(entry.path);
    if (found == rest.end()) {
      result.rows.push_back({entry.path, 0.0, 0.0, "only in the reference"});
      continue;
    }
    result.rows.push_back(difference(entry.path, *found->second, entry.output));
    rest.erase(found);
  }
  for (const Recorder::Entry& entry : ours) {
    if (rest.contains(entry.path)) result.rows.push_back({entry.path, 0.0, 0.0, "only in ours"});
  }
  return result;
}

}  // namespace nn
