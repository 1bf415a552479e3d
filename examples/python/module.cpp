// Glassbox as a Python module: each class of the C++ code under its own name, its forward as
// __call__, its children as attributes. nanobind finds the class of a Module by its vtable.
#include <nlohmann/json.hpp>
#include <string_view>

#include "examples/python/bind.h"
#include "tensor/compute.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

struct Comment {
  const char* class_name;
  const char* text;
};
constexpr Comment comments[] = {
#include "docstrings.inc"
};

}  // namespace

const char* header_comment(const char* class_name) {
  for (const Comment& comment : comments) {
    if (std::string_view(comment.class_name) == class_name) return comment.text;
  }
  return "";
}

double shortest(float value) { return std::stod(tensor::format("{}", value)); }

sdxl::ConfigReader reader_of(const nb::dict& config, const std::string& what) {
  const nb::object text = nb::module_::import_("glassbox._arrays").attr("json_of")(config);
  return sdxl::ConfigReader::parse(nb::cast<std::string>(text), what);
}

}  // namespace glassbox

NB_MODULE(_glassbox, m) {
  using namespace glassbox;
  m.doc() = "The classes of Glassbox SDXL's C++ code.";
  bind_modules(m);
  bind_observers(m);
  bind_layers(m);
  bind_unet(m);
  bind_text(m);
  bind_vae(m);
  bind_schedulers(m);
  bind_pipelines(m);
  bind_prompts(m);
  bind_summaries(m);
  m.def("set_threads", &tensor::set_threads, "threads"_a,
        "Number of threads of a kernel: all cores unless set. Values below 1 mean all cores.");
  m.def("threads", &tensor::threads);
  m.def(
      "set_backend",
      [](const std::string& name) { tensor::set_backend(tensor::backend_of_name(name)); }, "name"_a,
      "The bodies of the kernels: \"fast\" (the default), \"textbook\" or \"eigen\".");
  m.def("backend", [] { return std::string(tensor::name_of(tensor::backend())); });
}
