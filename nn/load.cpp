#include "nn/load.h"

#include <algorithm>
#include <memory>

#include "nn/parameter.h"
#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace nn {

namespace {

constexpr size_t listed_names = 20;  // of each kind; the file of another model has thousands

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
    unused.push_back(unused.size() < listed_names ? name + tensor::did_you_mean(name, missing)
                                                  : name);
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
