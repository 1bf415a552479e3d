#include "nn/load.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "nn/parameter.h"
#include "tensor/error.h"

namespace nn {

namespace {

constexpr size_t listed_names = 20;  // of each kind; the file of another model has thousands

/// Levenshtein's distance: the fewest insertions, deletions and replacements that turn a into b.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// " (did you mean X?)" with the closest of `candidates`, or "" if none is close.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  size_t best_distance = 4;
  std::string best;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? "" : " (did you mean " + best + "?)";
}

std::string section(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = tensor::format("\n  {} ({}):", title, lines.size());
  for (size_t i = 0; i < std::min(lines.size(), listed_names); ++i) {
    text += "\n    " + lines[i];
  }
  if (lines.size() > listed_names) {
    text += tensor::format("\n    ... and {} more", lines.size() - listed_names);
  }
  return text;
}

}  // namespace

void load(Module& model, const std::string& class_name, const WeightSource& source) {
  std::vector<std::string> missing, unused, wrong_shape;
  std::map<std::string, tensor::WeightView> rest = source.weights;
  const std::vector<Parameter*> parameters = all_parameters(model);
  for (const Parameter* parameter : parameters) {
    const auto found = rest.find(parameter->name());
    if (found == rest.end()) {
      missing.push_back(parameter->name());
      continue;
    }
    if (found->second.shape != parameter->shape()) {
      wrong_shape.push_back(tensor::format("{}: model {}, file {}", parameter->name(),
                                           parameter->shape(), found->second.shape));
    }
    rest.erase(found);
  }
  for (const auto& [name, view] : rest) {
    unused.push_back(unused.size() < listed_names ? name + did_you_mean(name, missing) : name);
  }
  if (!missing.empty() || !unused.empty() || !wrong_shape.empty()) {
    tensor::fail("load: {} does not fit {} ({} parameters){}{}{}", source.description, class_name,
                 parameters.size(), section("missing in file", missing),
                 section("unused in file", unused), section("wrong shape", wrong_shape));
  }
  for (Parameter* parameter : parameters) parameter->set(source.weights.at(parameter->name()));
  model.share(std::make_shared<const WeightOwners>(source.owners));
}

}  // namespace nn
