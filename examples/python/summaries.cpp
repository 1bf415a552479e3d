// The published models without their weights: sizes and costs of each module.
#include "examples/python/bind.h"
#include "nn/observe/summary.h"
#include "sdxl/inspect/tree_subject.h"
#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

std::vector<nn::ModuleSummary> summary(const std::string& name, int64_t height, int64_t width) {
  const auto& subjects = sdxl::built_in_subjects();
  const auto found = subjects.find(name);
  if (found == subjects.end()) {
    std::string names;
    for (const auto& [known, subject] : subjects) names += (names.empty() ? "" : ", ") + known;
    throw std::invalid_argument(
        tensor::format("summary: expected one of {}, got {}", names, tensor::printable(name)));
  }
  tensor::require(height >= 0 && height % 8 == 0 && width >= 0 && width % 8 == 0,
                  "summary: expected multiples of 8 pixels, got {} x {}", height, width);
  return run([&] {
    const sdxl::TreeSubject subject = found->second();
    const sdxl::PixelSize size = {height > 0 ? height : subject.own_size.height,
                                  width > 0 ? width : subject.own_size.width};
    return nn::summarize(*subject.model, tensor::DType::f16, [&] { subject.forward(size); });
  });
}

}  // namespace

void bind_summaries(nb::module_& m) {
  using nn::ModuleSummary;
  nb::class_<ModuleSummary>(m, "ModuleSummary", header_comment("ModuleSummary"))
      .def_ro("path", &ModuleSummary::path)
      .def_ro("kind", &ModuleSummary::kind)
      .def_ro("depth", &ModuleSummary::depth)
      .def_prop_ro("output",
                   [](const ModuleSummary& self) {
                     return nb::tuple(
                         nb::cast(std::vector<int64_t>(self.output.begin(), self.output.end())));
                   })
      .def_ro("parameters", &ModuleSummary::parameters)
      .def_ro("bytes", &ModuleSummary::bytes)
      .def_ro("multiply_adds", &ModuleSummary::multiply_adds)
      .def("__repr__", [](const ModuleSummary& self) {
        return tensor::format("{}: {}, {} parameters, {} multiply-adds", self.path, self.kind,
                              self.parameters, self.multiply_adds);
      });
  m.def("summary", &summary, "name"_a, "height"_a = 0, "width"_a = 0,
        "-> of each module of a published model, without its weights: the output's shape, the "
        "parameters, their bytes in half precision, and the multiply-adds of one image. Names: "
        "sdxl-base, sdxl-refiner, sd15, sd21, clip-l, openclip-bigg, vae. Sizes in pixels: the "
        "model's own unless given.");
}

}  // namespace glassbox
