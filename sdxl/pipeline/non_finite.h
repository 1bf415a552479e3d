#pragma once

#include <functional>
#include <string>

namespace sdxl {

/// For a part of the model whose result held a NaN or an infinity: runs it again to find the first
/// module that made one, and fails with its path.
///
///   unet: mid_block.attentions.0.proj_in: output holds NaN or infinity; ...
///
/// Errors: std::runtime_error, always.
[[noreturn]] void fail_at_non_finite(const std::string& part, const std::function<void()>& run);

}  // namespace sdxl
