#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "sdxl/noise_source.h"

namespace cli {

/// --rng: "cpu", "cuda", or "cuda:GPU" with a GPU as tensor::cuda_gpu takes it.
void add_rng(CLI::App& command, std::string& rng);

/// The generator of --rng for a seed. "cuda" alone is an H100.
std::unique_ptr<sdxl::NoiseSource> seeded(const std::string& rng, uint64_t seed);

/// --rng for a reader, such as "cuda:rtx-3060 (28 multiprocessors of 1536 threads)".
std::string describe_rng(const std::string& rng);

/// A note where --rng is "cuda" without a GPU, and a draw of `count` numbers depends on the GPU: it
/// is larger than the grid of some. Else "".
std::string rng_note(const std::string& rng, int64_t count);

}  // namespace cli
