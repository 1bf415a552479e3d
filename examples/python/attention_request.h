#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <utility>
#include <vector>

#include "sdxl/inspect/attention_maps.h"

namespace glassbox {

/// Which attention maps a run keeps, and after the run the maps.
struct AttentionRequest {
  std::vector<std::pair<std::string, std::vector<int64_t>>> words;  // text, positions of its tokens
  std::vector<std::pair<int64_t, int64_t>> places;                  // row, column of a latent
  std::string rows = "one";         // "one", "layers", "heads" or "steps"
  std::vector<std::string> layers;  // patterns; none: all
  int64_t head = -1, step = -1;     // -1: all

  std::vector<sdxl::AttentionMaps::Row> results;

  /// Errors: std::invalid_argument for other rows.
  sdxl::AttentionMaps::Selection selection() const;
};

void bind_attention_request(nanobind::module_& m);

}  // namespace glassbox
