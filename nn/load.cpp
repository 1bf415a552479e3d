#include "nn/load.h"

#include <algorithm>
#include <memory>
#include <utility>

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

/// What stands before all of the model's names in the source, such as "_orig_mod."; else "".
std::string common_prefix(const std::vector<Parameter*>& parameters, const WeightSource& source) {
  if (parameters.empty() || source.weights.contains(parameters.front()->name())) return "";
  const std::string first = "." + parameters.front()->name();
  for (const auto& [name, view] : source.weights) {
    if (!name.ends_with(first)) continue;
    const std::string prefix = name.substr(0, name.size() - first.size() + 1);
    const bool is_before_all = std::ranges::all_of(parameters, [&](const Parameter* parameter) {
      return source.weights.contains(prefix + parameter->name());
    });
    if (is_before_all) return prefix;
  }
  return "";
}

/// How the names and shapes of a source differ from those of a model.
struct Differences {
  std::vector<std::string> missing, unused, wrong_shape;
};

Differences compare(const std::vector<Parameter*>& parameters, const WeightSource& source,
                    const std::string& prefix) {
  Differences result;
  std::map<std::string, tensor::WeightView> rest = source.weights;
  for (const Parameter* parameter : parameters) {
    const auto found = rest.find(prefix + parameter->name());
    if (found == rest.end()) {
      result.missing.push_back(parameter->name());
      continue;
    }
    if (found->second.shape != parameter->shape()) {
      result.wrong_shape.push_back(tensor::format("{}: model {}, file {}", parameter->name(),
                                                  parameter->shape(), found->second.shape));
    }
    rest.erase(found);
  }
  for (const auto& [name, view] : rest) result.unused.push_back(name);
  return result;
}

[[noreturn]] void refuse(const std::string& class_name, const WeightSource& source,
                         size_t parameters, Differences d) {
  for (size_t i = 0; i < std::min(d.unused.size(), listed_names); ++i) {
    const std::string hint = tensor::did_you_mean(d.unused[i], d.missing);
    d.unused[i] = tensor::printable(d.unused[i]) + hint;
  }
  tensor::fail("load: {} does not fit {} ({} parameters){}{}{}", source.description, class_name,
               parameters, section("missing in file", d.missing),
               section("unused in file", d.unused), section("wrong shape", d.wrong_shape));
}

void point_at(Module& model, const std::vector<Parameter*>& parameters, const WeightSource& source,
              const std::string& prefix) {
  for (const Parameter* parameter : parameters) {
    const auto found = source.unreadable.find(prefix + parameter->name());
    if (found != source.unreadable.end()) tensor::fail("{}", found->second);
    const tensor::WeightView& view = source.weights.at(prefix + parameter->name());
    if (view.data == nullptr && view.shape.size() > 0) {
      tensor::fail("load: {}: {} has a dtype that no weight here has", source.description,
                   parameter->name());
    }
  }
  for (Parameter* parameter : parameters) {
    parameter->set(source.weights.at(prefix + parameter->name()));
  }
  model.share(std::make_shared<const WeightOwners>(source.owners));
}

}  // namespace

void load(Module& model, const std::string& class_name, const WeightSource& source) {
  const std::vector<Parameter*> parameters = all_parameters(model);
  const std::string prefix = common_prefix(parameters, source);
  if (!prefix.empty()) {
    tensor::fail("load: {}: all names of {} begin with \"{}\" there; expected them without it",
                 source.description, class_name, tensor::printable(prefix));
  }
  Differences d = compare(parameters, source, "");
  const bool is_equal = d.missing.empty() && d.unused.empty() && d.wrong_shape.empty();
  if (!is_equal) refuse(class_name, source, parameters.size(), std::move(d));
  point_at(model, parameters, source, "");
}

Leftovers load_needed(Module& model, const std::string& class_name, const WeightSource& source) {
  const std::vector<Parameter*> parameters = all_parameters(model);
  const std::string prefix = common_prefix(parameters, source);
  Differences d = compare(parameters, source, prefix);
  if (!d.missing.empty() || !d.wrong_shape.empty()) {
    refuse(class_name, source, parameters.size(), std::move(d));
  }
  point_at(model, parameters, source, prefix);
  return {prefix, std::move(d.unused)};
}

}  // namespace nn
