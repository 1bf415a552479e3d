#include "sdxl/checkpoint/weight_files.h"
#include "tensor/io/safetensors.h"
#include "tests/fuzz/support/fuzz.h"

/// model.safetensors.index.json beside two shards.
void fuzz::test(std::string_view input) {
  static const bool is_ready = [] {
    const tensor::Tensor x = tensor::Tensor::from({2}, {1, 2});
    tensor::io::write_safetensors(folder() + "/model-00001-of-00002.safetensors", {{"a", x}});
    tensor::io::write_safetensors(folder() + "/model-00002-of-00002.safetensors",
                                  {{"b", x}, {"position_ids", x}});
    return true;
  }();
  const std::string path = write_file("model.safetensors.index.json", input);
  expect_result_or_error(folder(), [&] {
    const nn::WeightSource source = sdxl::open_weights(path);
    expect(is_ready && source.weights.size() <= 2, "there are more weights than in the files");
  });
}
