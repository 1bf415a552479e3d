#include "sdxl/parity/check.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "nn/load.h"
#include "nn/observe/teacher_forcing.h"
#include "nn/parameter.h"
#include "sdxl/guidance/perturbed_attention.h"
#include "sdxl/parity/perturbed_layers.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Relative error of one module whose ops round to half precision, with a margin for several ops.
double rounding_of(const std::string& precision) {
  if (precision == "float16") return 4e-3;
  return precision == "bfloat16" ? 3e-2 : 0.0;
}

std::string parent_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

/// True for a weight of peft that is no layer's, such as DoRA's magnitude: here it is no parameter.
bool is_part_of_an_adapter(const std::string& name) {
  return std::ranges::any_of(
      std::vector<std::string>{".lora_magnitude_vector.", ".hada_", ".lokr_"},
      [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

/// The weights under the names of parameters here. peft names the weight of a layer with adapters
/// PATH.base_layer.weight.
std::map<std::string, Fingerprint> by_parameter(const std::map<std::string, Fingerprint>& all) {
  std::map<std::string, Fingerprint> own;
  for (const auto& [name, print] : all) {
    if (is_part_of_an_adapter(name)) continue;
    const std::string level = ".base_layer.";
    const size_t place = name.find(level);
    own[place == std::string::npos
            ? name
            : name.substr(0, place) + name.substr(place + level.size() - 1)] = print;
  }
  return own;
}

class Checker {
 public:
  Checker(const ComponentModel& model, const Dump& dump, const std::string& component, double limit)
      : model_(model), dump_(dump), component_(component), part_(part_of(component)) {
    const double rounding = rounding_of(dump.precision(part_));
    parity_.reference_is_half = rounding > 0.0;
    parity_.limit = std::max(limit, rounding);
    list_modules(model.module());
    perturbed_ = perturbed_layers(dump, model.module());
    parity_.perturbed = perturbed_.layers;
  }

  Parity run() {
    compare_weights();
    parity_.local_error = observed<nn::TeacherForcing>();
    explain();
    parity_.accumulated_error = observed<nn::Comparer>();
    return std::move(parity_);
  }

 private:
  void list_modules(const nn::Module& module) {
    modules_[module.path()] = &module;
    for (const nn::Module* child : module.children()) list_modules(*child);
  }

  /// One run under an observer, which ends before anything else is computed.
  template <class Comparer>
  nn::Comparison observed() {
    std::optional<PerturbedAttention> as_there;
    if (perturbed_.rows > 0) {
      as_there.emplace(model_.module(), perturbed_.layers, perturbed_.rows);
    }
    std::set<std::string> ended;
    const Comparer comparer([&](const std::string& path) {
      const bool is_first = ended.insert(path).second;
      return is_first ? dump_.output(path) : Tensor();
    });
    stopped_.clear();
    try {
      model_.run(dump_.inputs(component_));
    } catch (const std::logic_error& error) {
      stopped_ = error.what();  // a tensor of another shape than the layer takes
    }
    return comparer.comparison();
  }

  // Weights: another model is an error, another value in one of them a finding.

  void compare_weights() {
    std::map<std::string, Fingerprint> theirs = by_parameter(dump_.weights(part_));
    if (theirs.empty()) return;
    const double tolerance = std::max(1e-9, rounding_of(dump_.precision(part_)) / 4);
    std::vector<std::string> absent;
    for (const nn::Parameter* parameter : nn::all_parameters(model_.module())) {
      const std::string& name = parameter->name();
      const auto found = theirs.find(name);
      if (found == theirs.end()) {
        absent.push_back(name);
        continue;
      }
      const Fingerprint mine = fingerprint(parameter->to_tensor());
      if (mine.shape != found->second.shape) another_model(name, mine, found->second);
      if (differ(mine, found->second, tolerance)) parity_.weights.push_back(part_ + "." + name);
      theirs.erase(found);
    }
    if (absent.empty() && theirs.empty()) return;
    const std::string only = absent.empty() ? theirs.begin()->first : absent.front();
    tensor::fail(
        "{}: its {} is another model than this one: {} weights are only here, {} only there, such "
        "as {} (the dump is of {})",
        dump_.path().string(), part_, absent.size(), theirs.size(), tensor::printable(only),
        tensor::printable(dump_.versions()));
  }

  static bool differ(const Fingerprint& a, const Fingerprint& b, double tolerance) {
    const double unit = std::max(b.root_mean_square, 1e-30);
    const auto apart = [&](double x, double y) { return !(std::abs(x - y) <= tolerance * unit); };
    return apart(a.mean, b.mean) || apart(a.root_mean_square, b.root_mean_square) ||
           apart(a.ramp, b.ramp);
  }

  [[noreturn]] void another_model(const std::string& name, const Fingerprint& ours,
                                  const Fingerprint& theirs) const {
    tensor::fail("{}: its {} is another model than this one: {} is {} there and {} here",
                 dump_.path().string(), part_, name, tensor::Shape(theirs.shape).str(),
                 tensor::Shape(ours.shape).str());
  }

  // Causes.

  void explain() {
    std::set<std::string> reported;
    for (const nn::Difference& row : parity_.local_error.rows) {
      if (!row.is_beyond(parity_.limit)) continue;
      const Finding finding = cause_of(row);
      if (reported.insert(finding.path).second) parity_.findings.push_back(finding);
    }
    call_it_precision();
    list_only_theirs();
    if (parity_.local_error.rows.empty()) {
      tensor::fail("{}: no output of {} is there under a path of this model (the dump is of {}){}",
                   dump_.path().string(), component_, tensor::printable(dump_.versions()),
                   stopped_.empty() ? "" : "; the run stopped: " + stopped_);
    }
    if (!stopped_.empty()) parity_.findings.push_back(where_it_stopped());
  }

  /// The run stopped in the module that received the last output.
  Finding where_it_stopped() const {
    const std::string& last = parity_.local_error.rows.back().path;
    return {last == part_ ? part_ : parent_of(last), Cause::incomparable,
            "the run stopped behind " + last + ": " + stopped_};
  }

  void list_only_theirs() {
    std::set<std::string> ours;
    for (const nn::Difference& row : parity_.local_error.rows) ours.insert(row.path);
    const std::string inside = path_of(component_);
    for (const std::string& path : dump_.output_paths()) {
      const bool is_inside = path == inside || path.starts_with(inside + ".");
      if (is_inside && !ours.contains(path)) parity_.only_theirs.push_back(path);
    }
  }

  Finding cause_of(const nn::Difference& row) const {
    const nn::Module& module = *modules_.at(row.path);
    const Tensor theirs = dump_.output(row.path);
    if (has_non_finite(theirs)) {
      return {row.path, Cause::incomparable,
              row.problem + ": the reference itself made NaN or infinity here; half precision?"};
    }
    const std::string apart =
        row.problem.empty() ? tensor::format("rel {}, max |d| {}", row.relative, row.max_absolute)
                            : row.problem;
    for (const nn::Parameter* parameter : module.parameters()) {
      const std::string name = nn::join_path(part_, parameter->name());
      if (!contains(parity_.weights, name)) continue;
      return {row.path, Cause::weights, tensor::format("{}: {} is another weight", apart, name)};
    }
    if (!module.children().empty()) {
      if (!row.problem.empty()) return {row.path, Cause::incomparable, apart};
      return {row.path, Cause::arithmetic,
              apart + ", its children's outputs being right" + factor(row)};
    }
    const std::vector<std::string> arguments = dump_.arguments(row.path);
    const Tensor alone = arguments.size() == 1 ? run_alone(module, arguments[0]) : Tensor();
    if (alone.empty()) {
      if (!row.problem.empty()) return {row.path, Cause::incomparable, apart};
      return {row.path, Cause::constant,
              apart + ", with the same weights; its input was not kept, and may be what differs"};
    }
    const nn::Difference by_itself = nn::difference(row.path, alone, theirs);
    if (!by_itself.problem.empty()) return {row.path, Cause::incomparable, apart};
    if (by_itself.is_beyond(parity_.limit)) {
      return {row.path, Cause::constant,
              apart + ", with the same weights and the same input" + factor(by_itself)};
    }
    return {
        source_of(row.path, arguments[0]), Cause::arithmetic,
        tensor::format("what {} is given is another tensor: {} in its output", row.path, apart)};
  }

  Tensor run_alone(const nn::Module& module, const std::string& argument) const {
    const Tensor input = dump_.stored(argument);
    try {
      return nn::replay(module, input);
    } catch (const std::invalid_argument&) {
      return {};  // of another shape: not this layer's input
    }
  }

  /// The module that computed this input: the nearest parent that did not receive it as an input.
  std::string source_of(std::string path, const std::string& argument) const {
    while (true) {
      path = parent_of(path);
      if (path.empty() || path == part_) return part_;
      const std::vector<std::string> given = dump_.arguments(path);
      if (!given.empty() && !contains(given, argument)) return path;
    }
  }

  static std::string factor(const nn::Difference& row) {
    if (row.residual > 0.02 * row.relative || std::abs(row.factor) < 1e-12) return "";
    return tensor::format("; ours is theirs times {}", row.factor);
  }

  /// Small differences in most modules: the reference's precision, and no single layer.
  void call_it_precision() {
    size_t beyond = 0;
    double largest = 0.0;
    for (const nn::Difference& row : parity_.local_error.rows) {
      if (!row.problem.empty()) return;
      beyond += row.is_beyond(parity_.limit);
      largest = std::max(largest, row.relative);
    }
    if (!parity_.weights.empty() || 2 * beyond < parity_.local_error.rows.size() || largest > 5e-3)
      return;
    parity_.findings = {{part_, Cause::precision,
                         tensor::format("{} of {} modules differ by at most rel {}: the reference "
                                        "rounded to half precision or TF32",
                                        beyond, parity_.local_error.rows.size(), largest)}};
  }

  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  const ComponentModel& model_;
  const Dump& dump_;
  std::string component_, part_;
  PerturbedLayers perturbed_;
  std::string stopped_;  // why the last run ended early, or ""
  std::map<std::string, const nn::Module*> modules_;
  Parity parity_;
};

}  // namespace

std::string name_of(Cause cause) {
  switch (cause) {
    case Cause::weights:
      return "other weights";
    case Cause::constant:
      return "wrong constant";
    case Cause::arithmetic:
      return "wrong arithmetic";
    case Cause::precision:
      return "lower precision";
    default:
      return "not comparable";
  }
}

std::string Parity::verdict() const {
  if (!findings.empty()) {
    const Finding& first = findings.front();
    return tensor::format("first divergence at {}: {}: {} (limit {})", first.path,
                          name_of(first.cause), first.text, limit);
  }
  return tensor::format("all {} modules agree: rounding{} (limit {})", local_error.rows.size(),
                        reference_is_half ? " to half precision" : "", limit);
}

Parity check_parity(const ComponentModel& model, const Dump& dump, const std::string& component,
                    double limit) {
  return Checker(model, dump, component, limit).run();
}

}  // namespace sdxl
