#pragma once

#include <string>
#include <vector>

#include "tensor/image/image.h"

namespace sdxl {

/// Images in rows and columns, with a name for each row and column.
struct ContactSheet {
  std::string title;                  // may be empty
  std::vector<std::string> columns;   // one name for each column
  std::vector<std::string> rows;      // one for each row
  std::vector<tensor::Image> cells;   // row by row; a cell without pixels stays empty
  std::vector<std::string> captions;  // under each cell; none at all, or one for each
};

/// The sheet as one image, white around the cells. Small cells are enlarged by whole factors: to
/// about the size of the others, and so that their names fit.
/// Errors: std::invalid_argument for more or fewer cells than rows times columns.
tensor::Image draw(const ContactSheet& sheet);

}  // namespace sdxl
