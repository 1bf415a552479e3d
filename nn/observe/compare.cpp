#include "nn/observe/compare.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tensor/error.h"
#include "tensor/print.h"

namespace nn {

Difference difference(const std::string& path, const Tensor& ours, const Tensor& theirs) {
  Difference row;
  row.path = path;
  if (ours.shape() != theirs.shape()) {
    row.problem = tensor::format("shapes differ: ours {}, theirs {}", ours.shape(), theirs.shape());
    return row;
  }
  double error = 0.0, size = 0.0, product = 0.0;
  for (int64_t i = 0; i < ours.size(); ++i) {
    const double gap = std::abs(static_cast<double>(ours.data()[i]) - theirs.data()[i]);
    if (!std::isfinite(gap)) {
      row.problem =
          tensor::format("element {} is {} here and {} there", i, ours.data()[i], theirs.data()[i]);
      return row;
    }
    row.max_absolute = std::max(row.max_absolute, gap);
    error += gap * gap;
    size += static_cast<double>(theirs.data()[i]) * theirs.data()[i];
    product += static_cast<double>(theirs.data()[i]) * (ours.data()[i] - theirs.data()[i]);
  }
  row.relative = size > 0.0 ? std::sqrt(error / size) : std::sqrt(error);
  if (size > 0.0) {
    row.factor = 1.0 + product / size;
    row.residual = std::sqrt(std::max(0.0, error - product * product / size) / size);
  }
  return row;
}

const Difference* Comparison::first_beyond(double limit) const {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Difference& row) { return row.is_beyond(limit); });
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

const Difference* Comparison::find(const std::string& path) const {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Difference& row) { return row.path == path; });
  return found == rows.end() ? nullptr : &*found;
}

namespace {

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

constexpr size_t number_width = 13;

std::string numbers(const Difference* row) {
  if (!row) return padded("-", 2 * number_width);
  if (!row->problem.empty()) return padded(row->problem, 2 * number_width);
  return padded(tensor::format("{}", row->max_absolute), number_width) +
         padded(tensor::format("{}", row->relative), number_width);
}

}  // namespace

std::string table(const std::vector<Column>& columns, double limit) {
  const std::vector<Difference>& rows = columns.front().comparison->rows;
  size_t width = 4;
  for (const Difference& row : rows) width = std::max(width, row.path.size());
  width += 2;
  std::string titles = padded("", width), heads = padded("path", width);
  for (const Column& column : columns) {
    titles += padded(column.title, 2 * number_width);
    heads += padded("max |d|", number_width) + padded("relative", number_width);
  }
  std::string text = columns.front().title.empty() ? heads + "\n" : titles + "\n" + heads + "\n";
  for (const Difference& row : rows) {
    text += padded(row.path, width) + numbers(&row);
    for (size_t i = 1; i < columns.size(); ++i) {
      text += numbers(columns[i].comparison->find(row.path));
    }
    text += row.is_beyond(limit) ? " <-- beyond the limit\n" : "\n";
  }
  return text;
}

Comparison compare(const std::vector<Recorder::Entry>& ours,
                   const std::vector<Recorder::Entry>& theirs) {
  std::map<std::string, const Tensor*> rest;
  for (const Recorder::Entry& entry : ours) rest[entry.path] = &entry.tensor;
  Comparison result;
  for (const Recorder::Entry& entry : theirs) {
    const auto found = rest.find(entry.path);
    if (found == rest.end()) {
      result.rows.push_back({.path = entry.path, .problem = "only in the reference"});
      continue;
    }
    result.rows.push_back(difference(entry.path, *found->second, entry.tensor));
    rest.erase(found);
  }
  for (const Recorder::Entry& entry : ours) {
    if (rest.contains(entry.path))
      result.rows.push_back({.path = entry.path, .problem = "only in ours"});
  }
  return result;
}

}  // namespace nn
