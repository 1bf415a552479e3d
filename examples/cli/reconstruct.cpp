#include <iomanip>
#include <iostream>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/options.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/vae/latent_scaling.h"
#include "tensor/image/image_metrics.h"
#include "tensor/ops.h"

namespace cli {

namespace {

using tensor::Image;
using tensor::Tensor;

struct Options {
  ModelOptions model;
  std::string image;
};

constexpr double of_sdxl = 0.13025;
constexpr double of_sd = 0.18215;  // Stable Diffusion 1 and 2

sdxl::VaeConfig with_scaling(sdxl::VaeConfig config, double scaling_factor) {
  config.scaling_factor = scaling_factor;
  return config;
}

void print_row(double written, double read, const Tensor& latents, const Image& before,
               const Image& after) {
  std::cout << std::setprecision(6) << std::setw(10) << written << std::setw(10) << read
            << std::fixed << std::setprecision(3) << std::setw(11)
            << std_per_sample(latents).at({0, 0, 0, 0}) << std::setprecision(2) << std::setw(9)
            << psnr(before, after) << std::setprecision(4) << std::setw(9) << ssim(before, after)
            << std::setprecision(2) << std::setw(9) << mean_absolute_error(before, after)
            << std::defaultfloat << "\n";
}

void reconstruct(const Options& o) {
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const std::unique_ptr<sdxl::AutoencoderKL> vae = load_vae(*checkpoint);
  const Image before = read_fitting_image(o.image, vae->config().pixels_per_latent());
  const Tensor z = vae->encode(tensor::from_image(before)).mode();

  std::cout << "    scaled   read as  deviation     PSNR     SSIM    error\n";
  for (const auto& [written, read] : {std::pair{of_sdxl, of_sdxl}, std::pair{of_sd, of_sd},
                                      std::pair{of_sdxl, of_sd}, std::pair{of_sd, of_sdxl}}) {
    const Tensor latents = scale_latents(with_scaling(vae->config(), written), z);
    const Tensor image = vae->decode(unscale_latents(with_scaling(vae->config(), read), latents));
    print_row(written, read, latents, before, tensor::to_image(image));
  }
}

}  // namespace

void add_reconstruct(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "reconstruct", "Encode and decode an image, and measure the error of the autoencoder");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  command->add_option("IMAGE", options->image, "PNG, JPEG or BMP; at least 16 pixels a side")
      ->type_name("")
      ->required();
  add_compute(*command);
  command->footer(
      "A row for each scaling of the latents, 0.13025 of SDXL and 0.18215 of Stable Diffusion 1 "
      "and 2, and for\neither taken for the other, a common mistake. deviation: of the scaled "
      "latents, 1 at best;\nPSNR in decibels; SSIM, 1 at best; error: mean absolute error, of "
      "255.\n"
      "Example: sdxl reconstruct fox.png");
  command->callback([options] { reconstruct(*options); });
}

}  // namespace cli
