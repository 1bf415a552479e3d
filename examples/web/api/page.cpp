#include "examples/web/api/page.h"

#include <emscripten.h>

namespace web {

// clang-format off
EM_JS(void, call_on_output, (const char* path, const int* dims, int rank, const float* data), {
  if (Module['onOutput']) {
    Module['onOutput'](UTF8ToString(path), Array.from(HEAP32.subarray(dims >> 2, (dims >> 2) + rank)), data);
  }
});
EM_JS(void, call_on_step, (const char* facts, const uint8_t* rgb, int height, int width), {
  if (Module['onStep']) Module['onStep'](JSON.parse(UTF8ToString(facts)), rgb, height, width);
});
// clang-format on

void show_output(const std::string& path, const tensor::Tensor& output) {
  int dims[4] = {};
  const int rank = output.shape().rank();
  for (int i = 0; i < rank; ++i) dims[i] = static_cast<int>(output.dim(i));
  call_on_output(path.c_str(), dims, rank, output.data());
}

void show_step(const nlohmann::json& facts, const tensor::Image& preview) {
  call_on_step(facts.dump().c_str(), preview.pixels.data(), static_cast<int>(preview.height),
               static_cast<int>(preview.width));
}

}  // namespace web
