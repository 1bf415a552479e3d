#include "examples/cli/ip_adapter_options.h"

#include <filesystem>

#include "examples/cli/options.h"
#include "sdxl/image_prompt/add_ip_adapters.h"
#include "tensor/error.h"

namespace cli {

namespace {

void expect_ip(bool holds, const std::string& message) {
  if (!holds) throw CLI::ValidationError(message);
}

std::string picture_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// Adds options of the group.
auto adder_to(CLI::App& command) {
  return [&command](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group("IP-Adapter");
  };
}

}  // namespace

void IpAdapterOptions::add_files_to(CLI::App& command) {
  const auto add = adder_to(command);
  add("--ip-adapter", files,
      "An adapter that draws from images beside the text, plain or Plus. Several add up", "FILE");
  add("--ip-scale", scales, "The strength of what it adds: one for all, or one for each (1)", "F")
      ->check(finite_number());
}

void IpAdapterOptions::add_to(CLI::App& command) {
  add_files_to(command);
  const auto add = adder_to(command);
  add("--ip-image", images, "Its image, or several of one adapter; of several adapters one each",
      "FILE");
  add("--ip-encoder", encoder,
      "The CLIP image encoder of the adapters: a folder or a file (the folder image_encoder beside "
      "the first adapter)",
      "PATH");
}

void IpAdapterOptions::check() const {
  expect_ip(any() || (images.empty() && scales.empty() && encoder.empty()),
            "--ip-image, --ip-scale and --ip-encoder need --ip-adapter FILE");
  expect_ip(!any() || !images.empty(), "--ip-adapter needs --ip-image FILE");
  expect_ip(files.size() < 2 || images.size() == files.size(),
            tensor::format("--ip-image: expected one for each --ip-adapter, {}, got {}",
                           files.size(), images.size()));
  expect_scales();
}

void IpAdapterOptions::expect_scales() const {
  expect_ip(any() || scales.empty(), "--ip-scale needs --ip-adapter FILE");
  expect_ip(
      scales.size() <= 1 || scales.size() == files.size(),
      tensor::format("--ip-scale: expected one for all, or one for each --ip-adapter, {}, got {}",
                     files.size(), scales.size()));
}

double IpAdapterOptions::scale_of(size_t i) const {
  if (scales.empty()) return 1.0;
  return scales.size() == 1 ? scales.front() : scales.at(i);
}

std::vector<sdxl::IpAdapterScale> IpAdapterOptions::files_and_scales() const {
  expect_scales();
  std::vector<sdxl::IpAdapterScale> result;
  for (size_t i = 0; i < files.size(); ++i) result.push_back({files[i], scale_of(i)});
  return result;
}

void IpAdapterOptions::add(sdxl::StableDiffusionXL& model, const std::string& variant) const {
  std::vector<sdxl::IpAdapterChoice> choices;
  for (size_t i = 0; i < files.size(); ++i) {
    choices.push_back({.file = files[i], .images = {}, .scale = scale_of(i)});
  }
  for (size_t i = 0; i < images.size(); ++i) {
    const size_t adapter = files.size() == 1 ? 0 : i;
    choices.at(adapter).images.push_back(tensor::read_image(images[i]));
  }
  sdxl::add_ip_adapters(model, choices, encoder, variant);
}

tensor::TextChunks IpAdapterOptions::texts() const {
  tensor::TextChunks texts;
  for (size_t i = 0; i < files.size(); ++i) {
    texts.emplace_back("ip_adapter", picture_name(files[i]));
    texts.emplace_back("ip_adapter_scale", tensor::format("{}", scale_of(i)));
  }
  for (const std::string& image : images)
    texts.emplace_back("ip_adapter_image", picture_name(image));
  return texts;
}

}  // namespace cli
