#pragma once

#include <string>
#include <vector>

#include "nn/observe/summary.h"

namespace cli {

/// A JSON list with an object for each module, in the order of the rows. A module without an output
/// of its own has an empty list as its shape.
std::string tree_json(const std::vector<nn::ModuleSummary>& rows);

/// The name of a model, and what its rows are about: the size of the image, the stored precision.
struct TreeTitle {
  std::string name, subject;
};

/// One HTML page, without outside resources: a UNet to scale, coloured by its costs, and all modules in
/// a list to fold and to search. Those above `open_depth` are open at first.
std::string tree_page(const std::vector<nn::ModuleSummary>& rows, const TreeTitle& title,
                      const nn::Module& model, int open_depth);

}  // namespace cli
