#pragma once

namespace cli {

/// The paper's comparison of SDXL with earlier models: each row counted in the models as they are
/// built here, and below it the paper's.
/// paper: arXiv 2307.01952, table 1
void print_table_1();

}  // namespace cli
