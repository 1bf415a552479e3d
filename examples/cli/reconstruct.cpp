#include <iomanip>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/options.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "sdxl/vae/latent_scaling.h"
#include "tensor/error.h"
#include "tensor/image/image_metrics.h"
#include "tensor/ops.h"

namespace cli {

namespace {

using tensor::Image;
using tensor::Tensor;

struct ReconstructOptions {
  ModelOptions model;
  std::string image;
};

/// The model's own scaling factor, that of SDXL, and that of Stable Diffusion 1 and 2.
std::vector<double> scaling_factors(const sdxl::VaeConfig& config) {
  std::vector<double> factors = {config.scaling_factor};
  for (const double other : {0.13025, 0.18215}) {
    if (other != config.scaling_factor) factors.push_back(other);
  }
  return factors;
}

/// Each factor written and read, then each one taken for another.
std::vector<std::pair<double, double>> pairs_of(const std::vector<double>& factors) {
  std::vector<std::pair<double, double>> pairs;
  for (const double factor : factors) pairs.emplace_back(factor, factor);
  for (const double written : factors) {
    for (const double read : factors) {
      if (written != read) pairs.emplace_back(written, read);
    }
  }
  return pairs;
}

sdxl::VaeConfig with_scaling(sdxl::VaeConfig config, double scaling_factor) {
  config.scaling_factor = scaling_factor;
  return config;
}

void print_row(double written, double read, const Tensor& latents, const Image& before,
               const Image& after) {
  std::cout << std::setw(10) << written << std::setw(10) << read;
  const double deviation = std_per_sample(latents).at({0, 0, 0, 0});
  for (const double measure :
       {deviation, psnr(before, after), ssim(before, after), mean_absolute_error(before, after)}) {
    std::cout << std::setw(11) << measure;
  }
  std::cout << "\n";
}

void reconstruct(const ReconstructOptions& o) {
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const std::unique_ptr<sdxl::Autoencoder> loaded = load_vae(*checkpoint);
  const auto* vae = dynamic_cast<const sdxl::AutoencoderKL*>(loaded.get());
  if (!vae) {
    tensor::fail("{}: has a tiny autoencoder; expected an AutoencoderKL, whose latents are scaled",
                 checkpoint->name());
  }
  const Image before = read_fitting_image(o.image, vae->config().pixels_per_latent());
  const Tensor z = vae->encode(tensor::from_image(before)).mode();

  std::cout << "    scaled   read as  deviation       PSNR       SSIM      error\n";
  for (const auto& [written, read] : pairs_of(scaling_factors(vae->config()))) {
    const Tensor latents = scale_latents(with_scaling(vae->config(), written), z);
    const Tensor image = vae->decode(unscale_latents(with_scaling(vae->config(), read), latents));
    print_row(written, read, latents, before, tensor::to_image(image));
  }
}

}  // namespace

void add_reconstruct(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "reconstruct", "Encode and decode an image, and measure the error of the autoencoder");
  auto options = std::make_shared<ReconstructOptions>();
  options->model.add_to(*command, {"vae"});
  command->add_option("IMAGE", options->image, "PNG, JPEG, WebP or BMP; at least 16 pixels a side")
      ->type_name("")
      ->required();
  add_compute(*command);
  command->footer(
      "A row for each scaling of the latents, the model's own, 0.13025 of SDXL and 0.18215 of "
      "Stable\nDiffusion 1 and 2, and for each one taken for another, a common mistake. "
      "deviation: of the scaled\nlatents, 1 at best; PSNR in decibels; SSIM, 1 at best; error: "
      "mean absolute error, of 255.\n"
      "Example: sdxl reconstruct fox.png");
  command->callback([options] { reconstruct(*options); });
}

}  // namespace cli
