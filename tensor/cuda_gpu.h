#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tensor {

/// A GPU as far as torch's random numbers depend on it: see CudaGenerator.
struct CudaGpu {
  std::string name;             // "rtx-3060", "h100"; "28x1536" for one given by its numbers
  int64_t multiprocessors = 0;  // multiProcessorCount of torch.cuda.get_device_properties
  int64_t threads_each = 0;     // max_threads_per_multi_processor of the same

  /// The largest grid of torch's kernels: multiprocessors * floor(threads_each / 256) * 256.
  int64_t threads() const;
};

/// The GPUs of known names, the smallest grid first.
const std::vector<CudaGpu>& known_gpus();

/// A GPU by its name or by its numbers, MULTIPROCESSORSxTHREADS. Case, spaces and the words
/// "nvidia", "geforce", "tesla" and "quadro" don't matter: "NVIDIA GeForce RTX 3060" is rtx-3060.
/// Errors: std::invalid_argument for another name, with those that come nearest.
CudaGpu cuda_gpu(const std::string& name);

}  // namespace tensor
