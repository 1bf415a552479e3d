#pragma once

#include <string>
#include <vector>

#include "sdxl/inspect/attention_maps.h"
#include "sdxl/inspect/contact_sheet.h"
#include "sdxl/inspect/lettering.h"

namespace sdxl {

/// What a sheet of attention maps shows.
struct AttentionSheet {
  std::string title;
  tensor::Image image;  // the finished one
  std::vector<AttentionMaps::Row> rows;
  std::vector<std::string> columns;  // a name for each map of a row
  size_t words = 0;                  // the first columns; each other one has its own scale
  std::vector<Place> places;         // in place of words: one for each column, in pixels
  bool common_scale = true;          // of all words or places; else each map has its own
};

/// The map of a column, (h, w).
tensor::Tensor map_of(const AttentionMaps::Row& row, size_t column);

/// The pages. The maps of a single row, or of a single column, follow each other in lines; else the
/// rows and columns are those of the maps. A page has the image and at most 6 x 6 cells.
std::vector<ContactSheet> pages_of(const AttentionSheet& sheet);

}  // namespace sdxl
