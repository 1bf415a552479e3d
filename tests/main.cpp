#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <stdexcept>
#include <string>

#include "tensor/compute.h"
#include "tensor/kernels/fast/gemm.h"

using tensor::kernels::fast::Bf16Instructions;

// The tests, with two options more than doctest's own: `--backend NAME` runs them with that
// backend; `--amx-products` multiplies as for AMX, by terms of bfloat16, but in plain code.
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) != "--amx-products") continue;
    if (!tensor::kernels::fast::set_bf16_instructions(Bf16Instructions::scalar)) {
      std::cerr << "--amx-products: needs the kernels of AVX-512" << std::endl;
      return 2;
    }
  }
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string(argv[i]) != "--backend") continue;
    try {
      tensor::set_backend(tensor::backend_of_name(argv[i + 1]));
    } catch (const std::invalid_argument& error) {
      std::cerr << "--backend: " << error.what() << std::endl;
      return 2;
    }
  }
  return doctest::Context(argc, argv).run();
}
