#pragma once

#include <string>

#include "nn/observe/profile.h"

namespace cli {

/// Prints the time of each kernel, a line for each, the slowest first: calls, seconds, GFLOP/s
/// (a multiply-add is two), their share of a plain matrix product's on this machine, which is
/// measured now, and GB/s.
void print_profile(const nn::Profile& profile);

/// Writes every module's span and every kernel call as a trace that chrome://tracing and
/// https://ui.perfetto.dev show, in Chrome's "Trace Event Format".
/// Errors: std::runtime_error when the file can't be written.
void write_profile(const std::string& path, const nn::Profile& profile);

}  // namespace cli
