#include "sdxl/parity/trace_inputs.h"

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "tensor/error.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::io::SafetensorsFile;

/// The names of a component's input in a trace, without "inputs/" in front.
std::vector<std::string> names_in_trace(const std::string& component, const std::string& name) {
  const std::string images = "image_embeds.";
  if (name.starts_with(images)) {
    const std::string projector =
        component + ".encoder_hid_proj.image_projection_layers." + name.substr(images.size());
    return {component + "/" + name, projector + "/image_embeds"};
  }
  if (name != "sample" || part_of(component) != "vae") return {component + "/" + name};
  if (component == "vae_encoder") return {"vae_encoder/sample", "vae.encoder/x"};
  return {"vae_decoder/sample", "vae.post_quant_conv/x", "vae.decoder/z"};
}

std::vector<std::string> candidates(const std::string& component, const std::string& name,
                                    bool is_refiner, std::optional<int64_t> step) {
  std::vector<std::string> names = {name};
  const std::string own = is_refiner ? "refiner." : "", other = is_refiner ? "" : "refiner.";
  for (const std::string& front : {own, other}) {
    for (const std::string& inner : names_in_trace(component, name)) {
      if (step) names.push_back(tensor::format("step.{}/inputs/{}{}", *step, front, inner));
      names.push_back("inputs/" + front + inner);
    }
  }
  return names;
}

template <class Words>
std::string text_of(const Words& words) {
  std::string text;
  size_t count = 0;
  for (const std::string& word : words) {
    if (count++ == 8) return text + " ...";
    text += (text.empty() ? "" : ", ") + tensor::printable(word, 60);
  }
  return text.empty() ? "nothing" : text;
}

/// The K of all names "step.K/...".
std::set<std::string> steps_in(const SafetensorsFile& file) {
  std::set<std::string> steps;
  for (const std::string& name : file.names()) {
    const size_t slash = name.find('/');
    if (name.starts_with("step.") && slash != std::string::npos) {
      steps.insert(name.substr(5, slash - 5));
    }
  }
  return steps;
}

[[noreturn]] void fail_without(const SafetensorsFile& file, const std::string& component,
                               const std::string& name, std::optional<int64_t> step) {
  const std::set<std::string> steps = steps_in(file);
  if (!steps.empty() && (component == "unet" || component == "controlnet")) {
    const std::string got = step ? tensor::format("--step {}", *step) : "no --step";
    tensor::fail("{}: a trace of several steps; expected --step with one of {}, got {}",
                 file.path().string(), text_of(steps), got);
  }
  tensor::fail(
      "{}: expected a tensor {}, got {}; in a trace of generate --trace-inputs it is inputs/{}",
      file.path().string(), name, text_of(file.names()), names_in_trace(component, name).back());
}

}  // namespace

ComponentInputs inputs_in_file(const std::filesystem::path& path, const std::string& component,
                               bool is_refiner, std::optional<int64_t> step) {
  const auto file = std::make_shared<SafetensorsFile>(path);
  return {path.string(),
          [=](const std::string& name) {
            for (const std::string& stored : candidates(component, name, is_refiner, step)) {
              if (!file->contains(stored)) continue;
              const Tensor value = file->tensor(stored);
              if (!has_non_finite(value)) return value;
              tensor::fail("{}: {} holds NaN or infinity", path.string(), stored);
            }
            fail_without(*file, component, name, step);
          },
          [=](const std::string& name) {
            const auto names = candidates(component, name, is_refiner, step);
            return std::ranges::any_of(names, [&](const auto& x) { return file->contains(x); });
          }};
}

}  // namespace sdxl
