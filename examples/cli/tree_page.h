#pragma once

#include <string>
#include <vector>

#include "nn/observe/summary.h"

namespace cli {

/// A JSON list with an object for each module, in the order of the rows. A module without an output
/// of its own has an empty list as its shape.
std::string tree_json(const std::vector<nn::ModuleSummary>& rows);

/// One HTML page, without scripts and outside resources, whose modules can be folded; those
/// above `open_depth` are open at first.
std::string tree_page(const std::vector<nn::ModuleSummary>& rows, const std::string& name,
                      const std::string& subject, int open_depth);

}  // namespace cli
