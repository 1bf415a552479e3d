#include "examples/python/attention_request.h"

#include <map>

#include "examples/python/bind.h"
#include "nn/observe/path_pattern.h"
#include "tensor/error.h"

namespace glassbox {

sdxl::AttentionMaps::Selection AttentionRequest::selection() const {
  using Rows = sdxl::AttentionMaps::Rows;
  static const std::map<std::string, Rows> kinds = {
      {"one", Rows::one}, {"layers", Rows::layers}, {"heads", Rows::heads}, {"steps", Rows::steps}};
  const auto kind = kinds.find(rows);
  tensor::require(kind != kinds.end(),
                  "attention maps: rows: expected one, layers, heads or steps, got {}", rows);
  sdxl::AttentionMaps::Selection selection{.rows = kind->second, .head = head, .step = step};
  const std::vector<std::string> all = {places.empty() ? "*.attn2" : "*.attn1"};
  selection.layers = nn::paths_like(layers.empty() ? all : layers);
  for (const auto& [text, tokens] : words) selection.words.push_back({text, tokens});
  for (const auto& [row, column] : places) selection.places.push_back({row, column});
  return selection;
}

void bind_attention_request(nb::module_& m) {
  nb::class_<AttentionRequest>(m, "AttentionRequest", "Which attention maps a run keeps.")
      .def(nb::init<>())
      .def_rw("words", &AttentionRequest::words)
      .def_rw("places", &AttentionRequest::places)
      .def_rw("rows", &AttentionRequest::rows)
      .def_rw("layers", &AttentionRequest::layers)
      .def_rw("head", &AttentionRequest::head)
      .def_rw("step", &AttentionRequest::step)
      .def_prop_ro("results", [](const AttentionRequest& self) {
        std::vector<std::pair<std::string, nb::object>> rows;
        for (const auto& row : self.results) rows.emplace_back(row.name, array_of(row.maps));
        return rows;
      });
}

}  // namespace glassbox
