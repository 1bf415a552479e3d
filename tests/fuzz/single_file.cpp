#include "sdxl/checkpoint/single_file.h"

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "sdxl/checkpoint/open_vae.h"
#include "sdxl/checkpoint/other_part.h"
#include "sdxl/checkpoint/part_names.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tests/fuzz/support/fuzz.h"

namespace {

constexpr int64_t most_elements = 1 << 22;

/// A tensor's sizes from the words behind its name.
std::vector<int64_t> sizes_in(std::string_view words) {
  std::vector<int64_t> sizes;
  int64_t product = 1;
  const char* const end = words.data() + words.size();
  for (const char* at = words.data(); at < end && sizes.size() < 4; ++at) {
    int64_t size = 0;
    const auto [rest, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 0 || size > most_elements) continue;
    product *= size;
    if (product > most_elements) break;
    sizes.push_back(size);
    at = rest;
  }
  return sizes;
}

/// A file with the tensors that the lines name, all zeros, which take no room on the disk.
std::string write_sparse(std::string_view lines) {
  nlohmann::json header = nlohmann::json::object();
  int64_t position = 0;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::string name(line.substr(0, line.find(' ')));
    if (header.contains(name)) continue;
    const std::vector<int64_t> sizes = sizes_in(line.substr(name.size()));
    int64_t bytes = 2;
    for (const int64_t size : sizes) bytes *= size;
    header[name] = {
        {"dtype", "F16"}, {"shape", sizes}, {"data_offsets", {position, position + bytes}}};
    position += bytes;
  }
  const std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(uint64_t{text.size()} >> 8 * i);
  const std::string path = fuzz::write_file("model.safetensors", file + text);
  std::filesystem::resize_file(path, file.size() + text.size() + position);
  return path;
}

/// The parts of Stable Diffusion 1, whose names are looked up in the file.
const nn::Module& model_of(const std::string& component) {
  static const sdxl::UNet2DConditionModel unet(nn::root("unet"), sdxl::UNetConfig::sd15());
  static const sdxl::AutoencoderKL vae(nn::root("vae"), sdxl::VaeConfig::sd());
  static const sdxl::CLIPTextModel text(nn::root(component), sdxl::ClipTextConfig::clip_l());
  static const sdxl::CLIPTextModel text_2(nn::root(component),
                                          sdxl::ClipTextConfig::openclip_bigg());
  if (component == "unet") return unet;
  if (component == "vae") return vae;
  return component == "text_encoder" ? static_cast<const nn::Module&>(text) : text_2;
}

}  // namespace

/// What a single file holds, by the names and sizes of its tensors. The input has one a line, the
/// sizes behind the name.
void fuzz::test(std::string_view input) {
  const std::string path = write_sparse(input);
  const auto read = [&](auto&& action) { expect_result_or_error(path, action); };
  for (const char* component : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
    read([&] {
      const tensor::io::SafetensorsFile file(path);
      const auto names = sdxl::find_part(file, component);
      if (names) sdxl::part_weights(file, *names, model_of(component));
    });
    if (component == std::string("vae")) continue;
    read([&] {
      const sdxl::OtherPart part(path, component, "", {});
      if (component == std::string("unet")) part.unet_config(sdxl::UNetConfig::sd15());
      part.weights(model_of(component));
    });
  }
  read([&] { sdxl::open_vae(path, "", sdxl::VaeConfig::sd()); });
  read([&] {
    const sdxl::SingleFile file(path);
    file.unet_config();
    file.vae_config();
    file.scheduler_config();
    for (const std::string& component : file.components()) {
      read([&] { file.expect_components({component}); });
    }
  });
}
