#pragma once

#include <string>
#include <vector>

#include "tensor/image/image.h"

namespace sdxl {

/// Images in rows and columns, with a name for each row and column. A line end in a text breaks it.
struct ContactSheet {
  std::string title;                  // may be empty
  tensor::Image legend;               // under the title; without pixels there is none
  std::vector<std::string> columns;   // one name for each column
  std::vector<std::string> rows;      // one for each row
  std::vector<tensor::Image> cells;   // row by row; a cell without pixels stays empty
  std::vector<std::string> captions;  // under each cell; none at all, or one for each
};

/// The sheet as one image, white around the cells. Small cells are enlarged by whole factors, to
/// about the size of the others. Columns are as wide as the longest word of their names and
/// captions, up to 30 letters; longer words are cut into lines.
/// Errors: std::invalid_argument for more or fewer cells than rows times columns.
tensor::Image draw(const ContactSheet& sheet);

}  // namespace sdxl
