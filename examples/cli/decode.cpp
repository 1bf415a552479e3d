#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/latents_file.h"
#include "examples/cli/options.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/version.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct DecodeOptions {
  ModelOptions model;
  std::string latents;
  std::string image;
};

void decode(const DecodeOptions& o) {
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const tensor::Tensor latents = read_latents(o.latents, *checkpoint);
  if (latents.shape().rank() != 4 || latents.size() == 0) {
    tensor::fail("{}: latents: expected (N, 4, height / 8, width / 8), got {}", o.latents,
                 latents.shape());
  }
  for (const std::filesystem::path& path : image_paths(o.image, latents.dim(0))) {
    tensor::io::check_writable(path);
  }
  const std::unique_ptr<sdxl::Autoencoder> vae = load_vae(*checkpoint);

  const tensor::Tensor images = sdxl::decode_latents(*vae, latents);
  write_images(o.image, images,
               {{"Software", std::string("Glassbox SDXL ") + sdxl::version},
                {"model", checkpoint->name()},
                {"latents", std::filesystem::path(o.latents).filename().string()}});
}

}  // namespace

void add_decode(CLI::App& app) {
  CLI::App* command = app.add_subcommand("decode", "Decode latents to an image");
  auto options = std::make_shared<DecodeOptions>();
  options->model.add_to(*command, {"vae"});
  command
      ->add_option("LATENTS", options->latents,
                   "Tensor latents of a safetensors file, scaled; or ComfyUI's .latent")
      ->type_name("")
      ->required();
  command->add_option("IMAGE", options->image, "The image, a PNG")->type_name("")->required();
  add_compute(*command);
  command->footer("Example: sdxl decode fox.safetensors fox.png");
  command->callback([options] {
    expect_png_name(options->image);
    decode(*options);
  });
}

}  // namespace cli
