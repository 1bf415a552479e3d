#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/adapters/add_adapters.h"

namespace sdxl {

/// What merge_adapters did to one component.
struct MergedComponent {
  std::string name;
  int64_t layers = 0;          // that an adapter changes
  std::filesystem::path file;  // its weights, below the new folder
};

/// Writes a copy of a diffusers folder with adapters merged into its weights, W' of LayerAdapter:
/// computed in float32, and rounded once to the dtype of each weight. All other files are copied.
///
/// The folder `to` appears when all of it is written; until then its name ends in ".partial".
/// The weights of one component that change are in memory at a time.
/// Errors: std::runtime_error for a `from` that is no diffusers folder, a `to` that exists, those of
/// AdapterFile, weights in float8, and a merged weight beyond the largest number of its dtype.
/// diffusers: loaders/lora_base.py, fuse_lora
std::vector<MergedComponent> merge_adapters(const std::filesystem::path& from,
                                            const std::string& variant,
                                            const std::vector<AdapterChoice>& choices,
                                            const std::filesystem::path& to);

}  // namespace sdxl
