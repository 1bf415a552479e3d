#include "tensor/cuda_gpu.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tensor/random_cuda.h"
#include "tests/support/paths.h"

using tensor::cuda_gpu;
using tensor::CudaGenerator;
using tensor::Tensor;

TEST_CASE("random_cuda: above a GPU's grid the numbers are that GPU's") {
  std::ifstream file(support::test_file("goldens/random_cuda.json"));
  const nlohmann::json golden = nlohmann::json::parse(file);
  CHECK(golden["cases"].size() == 21);
  for (const nlohmann::json& gpu : golden["cases"]) {
    const auto name = gpu["gpu"].get<std::string>();
    CAPTURE(name);
    const int64_t threads = cuda_gpu(name).threads();
    REQUIRE(threads == gpu["threads"].get<int64_t>());
    CudaGenerator generator(gpu["seed"].get<uint64_t>(), threads);
    for (const nlohmann::json& expected : gpu["draws"]) {
      const Tensor x = generator.randn({gpu["count"].get<int64_t>()});
      for (size_t i = 0; i < expected.size(); ++i) {
        const double value = x.data()[gpu["places"][i].get<int64_t>()];
        CHECK(std::abs(value - expected[i].get<double>()) < 5e-6);
      }
    }
  }
}

TEST_CASE("random_cuda: a GPU is found by its name or by its numbers") {
  CHECK(cuda_gpu("rtx-3060").threads() == 28 * 1536);
  CHECK(cuda_gpu("NVIDIA GeForce RTX 3060").name == "rtx-3060");
  CHECK(cuda_gpu("Tesla_T4").threads() == 40 * 1024);
  CHECK(cuda_gpu("28x1536").threads() == 28 * 1536);
  CHECK(cuda_gpu("1x256").threads() == 256);
  CHECK(cuda_gpu("h100").threads() == CudaGenerator::data_centre_threads);
  for (const std::string name : {"", "x", "28x", "x1536", "0x1536", "28x255", "28x1536x2",
                                 "-1x1536", "99999x99999", "rtx 3060 12gb"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(cuda_gpu(name), std::invalid_argument);
  }
  CHECK_THROWS_WITH(
      cuda_gpu("rtx 2070 max-q"),
      "expected a GPU's name, such as rtx-2070, rtx-2070-super, or "
      "MULTIPROCESSORSxTHREADS, such as 28x1536 (at least 1x256), got rtx 2070 max-q");
}
