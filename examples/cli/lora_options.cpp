#include "examples/cli/lora_options.h"

#include <cmath>
#include <cstdlib>
#include <optional>

namespace cli {

namespace {

/// A finite number that is the whole text.
std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && *end == '\0' && std::isfinite(static_cast<float>(value));
  return is_number ? std::optional(value) : std::nullopt;
}

/// "a.safetensors:0.8"; a colon in front of no number belongs to the path.
sdxl::AdapterChoice choice(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return {text};
  const std::optional<double> scale = number_in(text.substr(colon + 1));
  if (!scale) return {text};
  return {text.substr(0, colon), *scale};
}

}  // namespace

void LoraOptions::add_to(CLI::App& command) {
  command
      .add_option("--lora", files,
                  "An adapter (LoRA, LoCon, DoRA, LoHa, LoKr) and the factor of its change (1); "
                  "several add up. It runs beside the layers of the UNet and the text encoders")
      ->type_name("FILE[:SCALE]")
      ->group("Adapters");
}

std::vector<sdxl::AdapterChoice> LoraOptions::choices() const {
  std::vector<sdxl::AdapterChoice> result;
  for (const std::string& file : files) result.push_back(choice(file));
  return result;
}

tensor::TextChunks LoraOptions::texts() const {
  tensor::TextChunks texts;
  for (const std::string& file : files) {
    texts.emplace_back("lora", std::filesystem::path(file).filename().string());
  }
  return texts;
}

}  // namespace cli
