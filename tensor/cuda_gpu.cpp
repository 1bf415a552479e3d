#include "tensor/cuda_gpu.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "tensor/error.h"

namespace tensor {

namespace {

// Multiprocessors of a GPU: its CUDA cores divided by 64 (Turing and the data centre's up to A100)
// or by 128. Resident threads of each: by its compute capability, from the CUDA programming guide.
constexpr int64_t pascal = 2048, volta = 2048, turing = 1024, ampere_100 = 2048, ampere = 1536,
                  ada = 1536, hopper = 2048, blackwell_100 = 2048, blackwell = 1536;

std::vector<CudaGpu> table() {
  std::vector<CudaGpu> gpus = {
      {"gtx-1060", 10, pascal},
      {"gtx-1070", 15, pascal},
      {"gtx-1080", 20, pascal},
      {"gtx-1080-ti", 28, pascal},
      {"p100", 56, pascal},
      {"v100", 80, volta},
      {"gtx-1650", 14, turing},
      {"gtx-1660", 22, turing},
      {"gtx-1660-ti", 24, turing},
      {"rtx-2060", 30, turing},
      {"rtx-2070", 36, turing},
      {"rtx-2070-super", 40, turing},
      {"rtx-2080", 46, turing},
      {"rtx-2080-super", 48, turing},
      {"rtx-2080-ti", 68, turing},
      {"t4", 40, turing},
      {"a100", 108, ampere_100},
      {"a10", 72, ampere},
      {"a10g", 80, ampere},
      {"a40", 84, ampere},
      {"rtx-a4000", 48, ampere},
      {"rtx-a5000", 64, ampere},
      {"rtx-a6000", 84, ampere},
      {"rtx-3050", 20, ampere},
      {"rtx-3060", 28, ampere},
      {"rtx-3060-ti", 38, ampere},
      {"rtx-3070", 46, ampere},
      {"rtx-3070-ti", 48, ampere},
      {"rtx-3080", 68, ampere},
      {"rtx-3080-ti", 80, ampere},
      {"rtx-3090", 82, ampere},
      {"rtx-3090-ti", 84, ampere},
      {"l4", 58, ada},
      {"l40", 142, ada},
      {"l40s", 142, ada},
      {"rtx-6000-ada", 142, ada},
      {"rtx-4060", 24, ada},
      {"rtx-4060-ti", 34, ada},
      {"rtx-4070", 46, ada},
      {"rtx-4070-super", 56, ada},
      {"rtx-4070-ti", 60, ada},
      {"rtx-4070-ti-super", 66, ada},
      {"rtx-4080", 76, ada},
      {"rtx-4080-super", 80, ada},
      {"rtx-4090", 128, ada},
      {"h100", 132, hopper},
      {"h100-pcie", 114, hopper},
      {"h200", 132, hopper},
      {"b200", 148, blackwell_100},
      {"rtx-5060", 30, blackwell},
      {"rtx-5060-ti", 36, blackwell},
      {"rtx-5070", 48, blackwell},
      {"rtx-5070-ti", 70, blackwell},
      {"rtx-5080", 84, blackwell},
      {"rtx-5090", 170, blackwell},
  };
  std::stable_sort(gpus.begin(), gpus.end(),
                   [](const CudaGpu& a, const CudaGpu& b) { return a.threads() < b.threads(); });
  return gpus;
}

/// "NVIDIA GeForce RTX 3060" -> "rtx-3060".
std::string plain_name(const std::string& name) {
  std::string plain = "-";
  for (const char c : name) {
    const bool is_gap = c == ' ' || c == '_' || c == '-';
    plain += is_gap ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const std::string word : {"-nvidia-", "-geforce-", "-tesla-", "-quadro-"}) {
    const size_t place = plain.find(word);
    if (place != std::string::npos) plain.erase(place, word.size() - 1);
  }
  return plain.substr(1);
}

/// The known names that hold the digits of a name, or a few for an example.
std::string near_names(const std::string& name) {
  const size_t first = name.find_first_of("0123456789");
  const size_t end = std::min(name.find_first_not_of("0123456789", first), name.size());
  std::string near;
  for (const CudaGpu& gpu : known_gpus()) {
    const bool is_near = first != std::string::npos &&
                         gpu.name.find(name.substr(first, end - first)) != std::string::npos;
    if (is_near) near += (near.empty() ? "" : ", ") + gpu.name;
  }
  return near.empty() ? "t4, rtx-3060, rtx-4090, a100" : near;
}

}  // namespace

int64_t CudaGpu::threads() const { return multiprocessors * (threads_each / 256) * 256; }

const std::vector<CudaGpu>& known_gpus() {
  static const std::vector<CudaGpu> gpus = table();
  return gpus;
}

CudaGpu cuda_gpu(const std::string& name) {
  const std::string plain = plain_name(name);
  for (const CudaGpu& gpu : known_gpus()) {
    if (gpu.name == plain) return gpu;
  }
  int multiprocessors = 0, threads = 0, end = 0;
  const bool is_pair =
      std::sscanf(plain.c_str(), "%4dx%4d%n", &multiprocessors, &threads, &end) == 2;
  const bool is_grid =
      is_pair && static_cast<size_t>(end) == plain.size() && multiprocessors >= 1 && threads >= 256;
  require(
      is_grid,
      "expected a GPU's name, such as {}, or MULTIPROCESSORSxTHREADS, such as 28x1536 (at least "
      "1x256), got {}",
      near_names(plain), printable(name, 60));
  return {plain, multiprocessors, threads};
}

}  // namespace tensor
