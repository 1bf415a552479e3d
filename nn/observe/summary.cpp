#include "nn/observe/summary.h"

#include <cxxabi.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <typeinfo>

#include "nn/observe/profile.h"
#include "nn/parameter.h"
#include "tensor/dry_run.h"

namespace nn {

namespace {

using tensor::Shape;

/// A profile that also keeps the shape of every module's output.
class Costs : public Profile {
 public:
  void on_output(const Module& module, const Tensor& output) override {
    Profile::on_output(module, output);
    shapes_[&module] = output.shape();
  }
  /// Of rank 0 for a module that has no output: a ModuleList.
  Shape output_shape(const Module& module) const {
    const auto found = shapes_.find(&module);
    return found == shapes_.end() ? Shape{} : found->second;
  }

 private:
  std::map<const Module*, Shape> shapes_;
};

/// Sets a dtype and an address in every parameter that is not loaded. A dry run reads no elements.
void pretend_to_load(const Module& model, tensor::DType dtype) {
  static constexpr char nowhere = 0;
  for (Parameter* parameter : all_parameters(model)) {
    if (!parameter->loaded()) parameter->set({&nowhere, dtype, parameter->shape()});
  }
}

/// Appends a module and all below it.
void append(const Module& module, int depth, const Costs& costs, std::vector<ModuleSummary>& rows) {
  ModuleSummary row{.path = module.path(),
                    .kind = class_name(module),
                    .depth = depth,
                    .output = costs.output_shape(module),
                    .multiply_adds = costs.multiply_adds(module)};
  for (const Parameter* parameter : module.parameters()) {
    const int64_t count = parameter->shape().size();
    row.parameters += count;
    row.bytes += count * size_of(parameter->view().dtype);
  }
  const size_t place = rows.size();
  rows.push_back(row);
  for (const Module* child : module.children()) {
    const size_t first = rows.size();
    append(*child, depth + 1, costs, rows);
    rows[place].parameters += rows[first].parameters;
    rows[place].bytes += rows[first].bytes;
    rows[place].multiply_adds += rows[first].multiply_adds;
  }
}

}  // namespace

std::string class_name(const Module& module) {
  const char* mangled = typeid(module).name();
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
  std::string name = text ? text.get() : mangled;
  name = name.substr(0, name.find('<'));
  return name.substr(name.rfind(':') + 1);
}

std::vector<ModuleSummary> summarize(const Module& model, tensor::DType dtype,
                                     const std::function<void()>& forward) {
  pretend_to_load(model, dtype);
  const Costs costs;
  {
    const tensor::DryRun dry_run;
    forward();
  }
  std::vector<ModuleSummary> rows;
  append(model, 0, costs, rows);
  return rows;
}

}  // namespace nn
