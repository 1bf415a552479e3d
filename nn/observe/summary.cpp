#include "nn/observe/summary.h"

#include <cxxabi.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <typeinfo>

#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/trace.h"
#include "tensor/dry_run.h"

namespace nn {

namespace {

using tensor::Shape;

/// Remembers the shape of every module's output.
class Shapes : public Observer {
 public:
  void on_output(const Module& module, const tensor::Tensor& output) override {
    shapes_[&module] = output.shape();
  }
  /// Null for a module that has none.
  const Shape* find(const Module& module) const {
    const auto found = shapes_.find(&module);
    return found == shapes_.end() ? nullptr : &found->second;
  }

 private:
  std::map<const Module*, Shape> shapes_;
};

/// Such as "ResnetBlock": without its namespace and, for a list, without what it is a list of.
std::string class_name(const Module& module) {
  const char* mangled = typeid(module).name();
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
  std::string name = text ? text.get() : mangled;
  name = name.substr(0, name.find('<'));
  return name.substr(name.rfind(':') + 1);
}

/// Every parameter that has no numbers gets a place that nobody reads.
void pretend_to_load(const Module& model, tensor::DType dtype) {
  static constexpr char nowhere = 0;
  for (Parameter* parameter : all_parameters(model)) {
    if (!parameter->loaded()) parameter->set({&nowhere, dtype, parameter->shape()});
  }
}

/// What the module itself multiplies, without its parts.
int64_t own_multiply_adds(const Module& module, const Shapes& shapes) {
  const Shape* output = shapes.find(module);
  if (!output) return 0;
  if (dynamic_cast<const Linear*>(&module) || dynamic_cast<const Conv2d*>(&module)) {
    const Shape& weight = module.parameters().front()->shape();
    return output->size() * (weight.size() / weight.dim(0));
  }
  for (const Module* part : module.children()) {
    const bool makes_keys = part->path().ends_with(".to_k") || part->path().ends_with(".k_proj");
    if (makes_keys) return 2 * output->size() * shapes.find(*part)->dim(1);  // keys (N, S, C)
  }
  return 0;
}

/// Appends a module and all below it.
void append(const Module& module, int depth, const Shapes& shapes,
            std::vector<ModuleSummary>& rows) {
  ModuleSummary row{.path = module.path(), .kind = class_name(module), .depth = depth};
  if (const Shape* output = shapes.find(module)) row.output = *output;
  for (const Parameter* parameter : module.parameters()) {
    const int64_t count = parameter->shape().size();
    row.parameters += count;
    row.bytes += count * size_of(parameter->view().dtype);
  }
  row.multiply_adds = own_multiply_adds(module, shapes);
  const size_t place = rows.size();
  rows.push_back(row);
  for (const Module* child : module.children()) {
    const size_t first = rows.size();
    append(*child, depth + 1, shapes, rows);
    rows[place].parameters += rows[first].parameters;
    rows[place].bytes += rows[first].bytes;
    rows[place].multiply_adds += rows[first].multiply_adds;
  }
}

}  // namespace

std::vector<ModuleSummary> summarize(const Module& model, tensor::DType dtype,
                                     const std::function<void()>& forward) {
  pretend_to_load(model, dtype);
  Shapes shapes;
  {
    const tensor::DryRun dry_run;
    forward();
  }
  std::vector<ModuleSummary> rows;
  append(model, 0, shapes, rows);
  return rows;
}

}  // namespace nn
