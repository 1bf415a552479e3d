#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <stdexcept>
#include <string>

#include "tensor/compute.h"

// The tests, with one option more than doctest's own: `--backend NAME` runs them with that backend.
int main(int argc, char** argv) {
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
