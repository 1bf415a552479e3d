#include "examples/cli/trace_file.h"

namespace cli {

namespace {

constexpr std::string_view text_model = "text_model";

std::string hook_name(const std::string& path, Component component) {
  if (component != Component::text_encoder || !path.starts_with(text_model)) return path;
  return path.size() == text_model.size() ? "" : path.substr(text_model.size() + 1);
}

}  // namespace

tensor::io::NamedTensors named_outputs(const nn::Recorder& recorder, Component component) {
  tensor::io::NamedTensors tensors;
  for (const nn::Recorder::Entry& entry : recorder.entries()) {
    const std::string name = hook_name(entry.path, component);
    if (!name.empty()) tensors.emplace_back(name, entry.output);
  }
  return tensors;
}

}  // namespace cli
