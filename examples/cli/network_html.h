#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/observe/summary.h"

namespace cli {

/// A way to colour the modules of a network: for each path a CSS colour and what it stands for.
struct Colouring {
  struct Mark {
    std::string colour, text;
  };
  std::string name;
  std::map<std::string, Mark> marks;
};

/// The head of a page, up to its body: title, style.
std::string page_head(const std::string& title);

/// The drawing of a UNet to scale, with its colourings to choose from and a search in the page's list,
/// as HTML that needs no other file. A click on a block goes to the element of the list whose data-path
/// is the block's. Empty for another model than a UNet.
std::string network_html(const nn::Module& unet, const std::vector<nn::ModuleSummary>& rows,
                         const std::vector<Colouring>& colourings);

}  // namespace cli
