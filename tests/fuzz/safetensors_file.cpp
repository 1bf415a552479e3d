#include "tensor/io/safetensors.h"
#include "tests/fuzz/support/fuzz.h"

/// A whole file: its header, and each tensor's numbers.
void fuzz::test(std::string_view input) {
  const std::string path = write_file("a.safetensors", input);
  expect_result_or_error(path, [&] {
    const tensor::io::SafetensorsFile file(path);
    for (const std::string& name : file.names()) {
      expect_result_or_error(path, [&] {
        const tensor::Tensor numbers = file.tensor(name);
        expect(numbers.size() == file.shape(name).size(), "a tensor has another size");
      });
      expect_result_or_error(path, [&] { file.weight(name); });
    }
  });
}
