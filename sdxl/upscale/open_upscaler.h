#pragma once

#include <filesystem>
#include <memory>

#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/upscale/rrdb_net.h"

namespace sdxl {

/// An upscaler of a safetensors file: an RRDBNet by one of three namings, whose sizes are those of
/// the tensors. The factor is 2, 4 or 8, or 1 for a net that only repairs.
///
///   Real-ESRGAN  conv_first, body.N.rdb1.conv1, conv_body, conv_up1, conv_hr, conv_last; also
///                behind "params_ema." or "params."
///   ESRGAN       model.0, model.1.sub.N.RDB1.conv1.0, model.1.sub.B, model.3, model.6 ...
///   BSRGAN       conv_first, RRDB_trunk.N.RDB1.conv1, trunk_conv, upconv1, HRconv, conv_last
///
/// Errors: std::runtime_error for a file that holds something else, such as an upscaler of another
/// architecture, and those of nn::load.
/// spandrel: architectures/ESRGAN/__init__.py (the namings)
std::shared_ptr<const RRDBNet> open_upscaler(const std::filesystem::path& file,
                                             const LoadPolicy& policy = {});

}  // namespace sdxl
