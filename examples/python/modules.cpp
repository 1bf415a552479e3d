// nn::Module: the tree by attribute, index and path; weights in and out.
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstdint>

#include "examples/python/bind.h"
#include "nn/load.h"
#include "nn/observe/compare.h"
#include "nn/observe/path_pattern.h"
#include "nn/observe/summary.h"
#include "nn/parameter.h"
#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

using nn::Module;

/// Names of children with a dot in common, such as "net" of "net.0" and "net.2": torch has a list
/// there, which is no module here.
struct Names {
  nb::object owner;  // which keeps the module alive
  const Module* module;
  std::string prefix;  // below the module
};

bool is_below(const std::string& path, const std::string& prefix) {
  return path == prefix || path.starts_with(prefix + ".");
}

/// The Python object of a module, which keeps the Python object of its owner alive.
nb::object object_of(const Module& module, nb::handle owner) {
  return nb::cast(&module, nb::rv_policy::reference_internal, owner);
}

std::string children_of(const Module& module) {
  std::string names;
  for (const Module* child : module.children()) {
    const std::string name = child->path().substr(module.path().size());
    names += (names.empty() ? "" : ", ") + (name.starts_with('.') ? name.substr(1) : name);
  }
  return names.empty() ? "nothing" : names;
}

/// The module below `module` with this path, or the names that begin with it; else None.
nb::object find(const Module& module, const std::string& path, nb::handle owner) {
  const std::string full = nn::join_path(module.path(), path);
  const Module* at = &module;
  while (true) {
    if (at->path() == full) return object_of(*at, owner);
    const Module* next = nullptr;
    bool is_start = false;
    for (const Module* child : at->children()) {
      if (is_below(full, child->path())) next = child;
      is_start = is_start || is_below(child->path(), full);
    }
    if (next == nullptr && !is_start) return nb::none();
    if (next == nullptr) {
      const size_t above = at->path().empty() ? 0 : at->path().size() + 1;
      return nb::cast(Names{nb::borrow(owner), at, full.substr(above)});
    }
    at = next;
  }
}

template <auto error>
nb::object expect(const Module& module, const std::string& path, nb::handle owner) {
  nb::object found = find(module, path, owner);
  if (!found.is_none()) return found;
  throw error(tensor::format("{} ({}) has no {}; it has {}",
                             module.path().empty() ? "the module" : module.path(),
                             nn::class_name(module), tensor::printable(path), children_of(module))
                  .c_str());
}

/// Indices are whole numbers from 0, or from the end below 0, as of a list in Python.
std::string index_of(const Module& module, int64_t i) {
  const auto count = static_cast<int64_t>(module.children().size());
  return std::to_string(i < 0 ? i + count : i);
}

void collect(const Module& module, std::vector<const Module*>& result) {
  result.push_back(&module);
  for (const Module* child : module.children()) collect(*child, result);
}

/// The parameter's name below a module: torch's key in the module's state_dict.
std::string key_of(const nn::Parameter& parameter, const Module& module) {
  const std::string prefix = module.path_below_root();
  return prefix.empty() ? parameter.name() : parameter.name().substr(prefix.size() + 1);
}

/// A weight as an array: its memory itself where that is float32, else a copy.
nb::object array_of_weight(const nn::Parameter& parameter, nb::handle owner) {
  const tensor::WeightView& view = parameter.view();
  const bool is_aligned = reinterpret_cast<uintptr_t>(view.data) % alignof(float) == 0;
  if (view.dtype != tensor::DType::f32 || !is_aligned) return array_of(parameter.to_tensor());
  const std::vector<size_t> dims(view.shape.begin(), view.shape.end());
  return nb::cast(nb::ndarray<nb::numpy, const float>(static_cast<const float*>(view.data),
                                                      dims.size(), dims.data(), owner));
}

nb::dict state_dict(nb::handle self) {
  const auto& module = nb::cast<const Module&>(self);
  nb::dict result;
  for (const nn::Parameter* parameter : nn::all_parameters(module)) {
    result[key_of(*parameter, module).c_str()] = array_of_weight(*parameter, self);
  }
  return result;
}

tensor::DType dtype_of(const std::string& name) {
  using enum tensor::DType;
  for (const tensor::DType dtype : {f32, f16, bf16, f8_e4m3, f8_e5m2, f64}) {
    if (tensor::name_of(dtype) == name) return dtype;
  }
  throw std::invalid_argument("weights: no weight here has the dtype " + name);
}

/// Holds a Python object for C++, which may drop it in any thread.
std::shared_ptr<const void> kept(const nb::object& object) {
  return {new nb::object(object), [](const nb::object* p) {
            const nb::gil_scoped_acquire lock;
            delete p;
          }};
}

void load_state_dict(Module& module, const nb::dict& weights) {
  tensor::require(module.path_below_root().empty(),
                  "{}: load_state_dict: expected a whole model, got a part of one", module.path());
  nn::WeightSource source{.description = "the state_dict"};
  const nb::object as_bytes = nb::module_::import_("glassbox._arrays").attr("as_bytes");
  for (const auto& [key, value] : weights) {
    const auto name = nb::cast<std::string>(key);
    const nb::tuple stored = nb::cast<nb::tuple>(as_bytes(value, name));
    const auto bytes = nb::cast<nb::ndarray<const uint8_t, nb::c_contig, nb::ro>>(stored[0]);
    const tensor::Shape shape(nb::cast<std::vector<int64_t>>(stored[2]));
    const tensor::DType dtype = dtype_of(nb::cast<std::string>(stored[1]));
    source.weights[name] = {bytes.data(), dtype, shape};
    source.owners.arrays.push_back(kept(stored[0]));
  }
  nn::load(module, nn::class_name(module), source);
}

nb::dict own_shapes(const Module& module) {
  nb::dict result;
  for (const nn::Parameter* parameter : module.parameters()) {
    const std::string name = parameter->name().substr(parameter->name().rfind('.') + 1);
    result[name.c_str()] = nb::tuple(
        nb::cast(std::vector<int64_t>(parameter->shape().begin(), parameter->shape().end())));
  }
  return result;
}

void bind_names(nb::module_& m) {
  nb::class_<Names>(m, "Names", "A list of torch that is only a part of a name here.")
      .def("__getattr__",
           [](nb::handle self, const std::string& name) {
             const auto& names = nb::cast<const Names&>(self);
             return expect<nb::attribute_error>(*names.module, names.prefix + "." + name, self);
           })
      .def("__getitem__", [](nb::handle self, int64_t i) {
        const auto& names = nb::cast<const Names&>(self);
        return expect<nb::index_error>(*names.module, names.prefix + "." + std::to_string(i), self);
      });
}

}  // namespace

void bind_modules(nb::module_& m) {
  bind_names(m);
  nb::class_<Module>(m, "Module", header_comment("Module"), nb::is_weak_referenceable())
      .def_prop_ro("path", &Module::path)
      .def_prop_ro("class_name", [](const Module& self) { return nn::class_name(self); })
      .def_prop_ro(
          "children",
          [](nb::handle self) {
            nb::list result;
            for (const Module* child : nb::cast<const Module&>(self).children()) {
              result.append(object_of(*child, self));
            }
            return result;
          },
          "The modules directly below, in the order of construction.")
      .def(
          "named_modules",
          [](nb::handle self) {
            const auto& root = nb::cast<const Module&>(self);
            std::vector<const Module*> all;
            collect(root, all);
            nb::list result;
            for (const Module* module : all) {
              std::string name = module->path().substr(root.path().size());
              if (name.starts_with('.')) name.erase(0, 1);
              result.append(nb::make_tuple(name, object_of(*module, self)));
            }
            return result;
          },
          "(path below this module, module) of this module and all below it.")
      .def(
          "get_submodule",
          [](nb::handle self, const std::string& path) {
            return expect<nb::attribute_error>(nb::cast<const Module&>(self), path, self);
          },
          "path"_a, "The module of a path below this one: \"mid_block.attentions.0\".")
      .def("__getattr__",
           [](nb::handle self, const std::string& name) {
             if (name.starts_with("_")) throw nb::attribute_error(name.c_str());
             return expect<nb::attribute_error>(nb::cast<const Module&>(self), name, self);
           })
      .def("__getitem__",
           [](nb::handle self, int64_t i) {
             const auto& module = nb::cast<const Module&>(self);
             return expect<nb::index_error>(module, index_of(module, i), self);
           })
      .def("__len__", [](const Module& self) { return self.children().size(); })
      .def("__bool__", [](const Module&) { return true; })
      .def_prop_ro("shapes", &own_shapes, "The shapes of the module's own weights by name.")
      .def("state_dict", &state_dict,
           "The weights by torch's names, as read-only float32 arrays. A weight that is stored as "
           "float32 is not copied.")
      .def("load_state_dict", &load_state_dict, "state_dict"_a,
           "Takes the weights from arrays, by name. float32, float64, float16, bfloat16 and float8 "
           "stay what they are; an array in order is not copied: the module reads its memory.\n\n"
           "Errors: RuntimeError that lists missing, unused and misshapen weights.")
      .def("__repr__",
           [](nb::handle self) {
             return nb::module_::import_("glassbox.display").attr("tree")(self);
           })
      .def("_repr_html_", [](nb::handle self) {
        return nb::module_::import_("glassbox.display").attr("folding_tree")(self);
      });

  m.def("expect_matches", &nn::expect_matches, "what"_a, "patterns"_a, "paths"_a,
        "Errors: RuntimeError for the first pattern that matches no path, with the nearest ones.");
  m.def("matches", &nn::matches, "pattern"_a, "path"_a,
        "True if a path matches a pattern: * stands for any characters or none, ? for one.");
  nb::class_<nn::Difference>(m, "Difference", header_comment("Difference"))
      .def_ro("path", &nn::Difference::path)
      .def_ro("max_absolute", &nn::Difference::max_absolute)
      .def_ro("relative", &nn::Difference::relative)
      .def_ro("problem", &nn::Difference::problem)
      .def_ro("factor", &nn::Difference::factor)
      .def_ro("residual", &nn::Difference::residual);
  m.def(
      "difference",
      [](const std::string& path, const nb::ndarray<const float, nb::c_contig, nb::ro>& ours,
         const nb::ndarray<const float, nb::c_contig, nb::ro>& theirs) {
        const auto tensor = [](const auto& array) {
          std::vector<int64_t> dims;
          for (size_t i = 0; i < array.ndim(); ++i) dims.push_back(array.shape(i));
          return Tensor::from(
              tensor::WeightView{array.data(), tensor::DType::f32, tensor::Shape(dims)});
        };
        return nn::difference(path, tensor(ours), tensor(theirs));
      },
      "path"_a, "ours"_a, "theirs"_a,
      "The difference of two arrays of the same shape. Another shape or NaN is a `problem`.");
}

}  // namespace glassbox
