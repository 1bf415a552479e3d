#pragma once

#include <functional>
#include <string>

namespace sdxl {

/// Repeats the run of a component whose output has a NaN or an infinity. Throws with the path of
/// the first module whose output has one.
///
///   unet.mid_block.attentions.0.proj_in: output holds NaN or infinity; ...
///
/// Errors: std::runtime_error, always.
[[noreturn]] void fail_at_non_finite(const std::string& part, const std::function<void()>& run);

}  // namespace sdxl
