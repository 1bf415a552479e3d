#include "examples/cli/trace_file.h"

#include "sdxl/parity/component.h"

namespace cli {

tensor::io::NamedTensors named_outputs(const nn::Recorder& recorder, const std::string& component) {
  tensor::io::NamedTensors tensors;
  for (const nn::Recorder::Entry& entry : recorder.entries()) {
    const std::string name = sdxl::hook_name(entry.path, component);
    if (!name.empty()) tensors.emplace_back(name, entry.output);
  }
  return tensors;
}

}  // namespace cli
