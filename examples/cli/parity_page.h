#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sdxl/inspect/tree_subject.h"
#include "sdxl/parity/check.h"

namespace cli {

/// Writes one HTML page without outside resources: each component's verdict, and its modules as a
/// tree that can be folded, coloured by local error (left) and accumulated error (right). `unet` gives
/// the shapes of the U above the UNet's tree; null: no UNet is among the components.
/// Errors: std::runtime_error when it can't be written.
void write_parity_page(const std::filesystem::path& file, const std::string& dump,
                       const std::string& versions,
                       const std::vector<std::pair<std::string, sdxl::Parity>>& results,
                       const sdxl::TreeSubject* unet);

}  // namespace cli
