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

/// The comment above a class in its header, as docstrings.py found it; "" for an unknown class.
const char* header_comment(const char* class_name);

/// A class of layers, with its header's comment as docstring.
template <class Layer, class Base = nn::Module>
nb::class_<Layer, Base> layer(nb::module_& m, const char* name) {
  return nb::class_<Layer, Base>(m, name, header_comment(name));
}

/// A float32 as the shortest number that a reader wrote for it: 1e-06, not 9.99999997e-07.
double shortest(float value);

/// A config as diffusers and transformers write it, a dict.
sdxl::ConfigReader reader_of(const nb::dict& config, const std::string& what);

}  // namespace glassbox
