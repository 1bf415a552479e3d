#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <string>

#include "examples/python/run.h"
#include "examples/python/tensor_caster.h"
#include "nn/module.h"
#include "sdxl/config_reader.h"

/// The parts of the Python module, a function for each file.
namespace glassbox {

using nb::literals::operator""_a;

void bind_modules(nb::module_& m);
void bind_observers(nb::module_& m);
void bind_layers(nb::module_& m);
void bind_unet(nb::module_& m);
void bind_text(nb::module_& m);
void bind_vae(nb::module_& m);
void bind_schedulers(nb::module_& m);
void bind_pipelines(nb::module_& m);
void bind_prompts(nb::module_& m);
void bind_summaries(nb::module_& m);

/// The comment above a class in its header, as docstrings.py found it; "" for an unknown class.
const char* header_comment(const char* class_name);

/// A config as diffusers and transformers write it, a dict.
sdxl::ConfigReader reader_of(const nb::dict& config, const std::string& what);

/// The binding of a class of layers, with its header's comment as docstring.
template <class Layer, class Base = nn::Module>
class LayerClass : public nb::class_<Layer, Base> {
 public:
  LayerClass(nb::module_& m, const char* name)
      : nb::class_<Layer, Base>(m, name, header_comment(name)) {}

  /// __init__: the constructor of a layer without a parent, from what it takes after its slot.
  template <class... Arguments, class... Names>
  LayerClass& init(const Names&... names) {
    this->def(
        "__init__",
        [](Layer* self, Arguments... arguments) { new (self) Layer(nn::root(), arguments...); },
        names...);
    return *this;
  }
  /// __init__: from a config of diffusers or transformers, as `read` reads it. `name` is the default
  /// of what stands in front of all paths.
  template <auto read>
  LayerClass& init_of_config(const char* name = "") {
    this->def(
        "__init__",
        [](Layer* self, const nb::dict& config, const std::string& path) {
          new (self) Layer(nn::root(path), read(reader_of(config, "the config")));
        },
        "config"_a, "name"_a = name,
        "From a config as diffusers or transformers write it. `name` stands in front of the paths "
        "of "
        "all modules.");
    return *this;
  }
  /// __call__: the forward of one tensor.
  LayerClass& call(const char* name) {
    this->def(
        "__call__",
        [name](const Layer& self, const Array& argument) {
          Tensor x = needed(argument, name);
          return run([&] { return self.forward(std::move(x)); });
        },
        nb::arg(name));
    return *this;
  }
  /// __call__: the forward of a tensor and of one that may be absent.
  LayerClass& call(const char* name, const char* other_name) {
    this->def(
        "__call__",
        [name, other_name](const Layer& self, const Array& argument, const Array& other) {
          Tensor x = needed(argument, name);
          const Tensor y = tensor_of(other, other_name);
          return run([&] { return self.forward(std::move(x), y); });
        },
        nb::arg(name), nb::arg(other_name) = nb::none());
    return *this;
  }
};

template <class Layer, class Base = nn::Module>
LayerClass<Layer, Base> layer(nb::module_& m, const char* name) {
  return {m, name};
}

/// A float32 as the shortest number that a reader wrote for it: 1e-06, not 9.99999997e-07.
double shortest(float value);

}  // namespace glassbox
