#include "examples/cli/latents_file.h"

#include "examples/cli/options.h"
#include "sdxl/vae/latent_scaling.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace cli {

namespace {

constexpr const char* own_name = "latents";
constexpr const char* comfyui_name = "latent_tensor";
constexpr double sd_factor = 0.18215;  // scaling_factor of Stable Diffusion 1

bool is_of_comfyui(const tensor::io::SafetensorsFile& file) {
  return file.contains(comfyui_name) && !file.contains(own_name);
}

}  // namespace

bool holds_latents(const std::filesystem::path& path) {
  return path.extension() == ".safetensors" || path.extension() == ".latent";
}

tensor::Tensor read_latents(const std::filesystem::path& path, const sdxl::Checkpoint& checkpoint) {
  const tensor::io::SafetensorsFile file(path);
  if (!is_of_comfyui(file)) return read_tensor(path, own_name);
  tensor::Tensor z = read_tensor(path, comfyui_name);
  if (!file.contains("latent_format_version_0")) z = static_cast<float>(1.0 / sd_factor) * z;
  return sdxl::scale_latents(checkpoint.vae_config(), z);
}

tensor::Tensor read_noise(const std::filesystem::path& path) {
  const tensor::io::SafetensorsFile file(path);
  return read_tensor(path, is_of_comfyui(file) ? comfyui_name : own_name);
}

}  // namespace cli
