#include "tensor/io/safetensors_header.h"

#include "tests/fuzz/support/fuzz.h"

/// The input is the header's JSON and, behind a zero byte, the data. The length in front of a real
/// file is hard to hit: the fuzzer safetensors_file has it.
void fuzz::test(std::string_view input) {
  const size_t length = std::min(input.find('\0'), input.size());
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(uint64_t{length} >> 8 * i);
  file += input.substr(0, length);
  file += input.substr(std::min(length + 1, input.size()));
  fuzz::expect_result_or_error("a.safetensors", [&] {
    const auto header = tensor::io::read_safetensors_header("a.safetensors", file);
    const auto data = static_cast<int64_t>(file.size()) - header.data_start;
    for (const tensor::io::SafetensorsEntry& tensor : header.tensors) {
      fuzz::expect(0 <= tensor.begin && tensor.begin <= tensor.end && tensor.end <= data,
                   "a tensor reaches outside of the file");
    }
  });
}
