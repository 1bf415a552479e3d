#pragma once

#include <string>

#include "examples/cli/foreign_settings.h"

namespace cli {

/// Adds --scheduler and its options for a sampler and a schedule of A1111 or ComfyUI, by the table
/// in foreign_samplers.cpp. Where the sampler is not built here, a note says so and the option is
/// left out. A1111's old names carry the schedule: "DPM++ 2M Karras".
void add_sampler(CommandDraft& draft, const std::string& sampler, const std::string& schedule);

}  // namespace cli
