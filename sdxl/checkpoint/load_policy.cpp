#include "sdxl/checkpoint/load_policy.h"

#include <algorithm>

#include "nn/parameter.h"
#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr size_t listed_names = 3;

/// ComfyUI's and other programs' names for the scales of quantized weights.
bool is_scale(const std::string& name) {
  return std::ranges::any_of(
      std::vector<std::string>{"scale_weight", "weight_scale", "scaled_fp8"},
      [&](const std::string& end) { return name == end || name.ends_with("." + end); });
}

void refuse_scales(const nn::WeightSource& source) {
  for (const auto& [name, view] : source.weights) {
    if (!is_scale(name)) continue;
    tensor::fail(
        "{}: holds scaled float8 weights ({}): each is to be multiplied by a scale of its own, "
        "which neither diffusers nor this program does; use a file of F16 or of plain float8",
        source.description, tensor::printable(name));
  }
}

std::string leftovers_note(const nn::Module& model, const std::string& class_name,
                           const std::string& description, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    known.push_back(parameter->name());
  }
  std::string listed;
  for (size_t i = 0; i < std::min(names.size(), listed_names); ++i) {
    listed +=
        (i == 0 ? "" : ", ") + tensor::printable(names[i]) + tensor::did_you_mean(names[i], known);
  }
  if (names.size() > listed_names) listed += " ...";
  const bool is_one = names.size() == 1;
  return tensor::format("{}: {} {} no place in {}, and {} left out: {}", description, names.size(),
                        is_one ? "tensor has" : "tensors have", class_name, is_one ? "is" : "are",
                        listed);
}

}  // namespace

void load_part(nn::Module& model, const std::string& class_name, const nn::WeightSource& source,
               const LoadPolicy& policy) {
  refuse_scales(source);
  if (policy.strict) return nn::load(model, class_name, source);
  const nn::Leftovers leftovers = nn::load_needed(model, class_name, source);
  if (!leftovers.prefix.empty()) {
    policy.say(tensor::format("{}: all names of {} begin with \"{}\" there; it is left out",
                              source.description, class_name, tensor::printable(leftovers.prefix)));
  }
  if (leftovers.names.empty()) return;
  policy.say(leftovers_note(model, class_name, source.description, leftovers.names));
}

}  // namespace sdxl
