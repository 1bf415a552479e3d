#include "examples/cli/trace_file.h"

namespace cli {

tensor::io::NamedTensors named_tensors(const nn::Recorder& recorder) {
  tensor::io::NamedTensors tensors;
  for (const auto* entries : {&recorder.entries(), &recorder.inputs()}) {
    for (const nn::Recorder::Entry& entry : *entries) {
      tensors.emplace_back(entry.path, entry.tensor);
    }
  }
  return tensors;
}

}  // namespace cli
