#pragma once

#include <string>
#include <vector>

#include "nn/module.h"

namespace cli {

/// One run of an ablation: the options that mute something, and the cell of the sheet it belongs to.
struct AblationCase {
  size_t row, column;
  std::vector<std::string> arguments;  // "--mute", "unet.mid_block"
  std::string caption;                 // before the number; may be empty
};

/// The runs of an ablation as a table.
struct Ablation {
  std::vector<std::string> rows, columns;
  std::vector<AblationCase> cases;
};

/// What an ablation leaves out, one after the other.
enum class AblationKind { blocks, heads, skips, steps };

/// The runs of an ablation of a UNet.
///
///   blocks  each ResnetBlock and Transformer2D, and all of a level: a row for each level
///   heads   each head, and all: a row for each attention
///   skips   each skip, and all of a level: a row for each level of the upward half
///   steps   the modules of the patterns in each of `ranges` parts of the schedule, and in all
///
/// `patterns` choose the blocks, the attentions, or the modules to mute; all of them if there is
/// none, for steps the cross-attentions.
/// Errors: std::runtime_error for a pattern that matches none of them, with the nearest paths.
Ablation ablation(AblationKind kind, const nn::Module& unet,
                  const std::vector<std::string>& patterns, int steps, int ranges);

}  // namespace cli
