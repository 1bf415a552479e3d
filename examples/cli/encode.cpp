#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/options.h"
#include "sdxl/pipeline/latents.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/safetensors.h"

namespace cli {

namespace {

struct EncodeOptions {
  ModelOptions model;
  std::string image;
  std::string latents;
  std::string seed;
};

void encode(const EncodeOptions& o) {
  tensor::io::check_writable(o.latents);
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const std::unique_ptr<sdxl::Autoencoder> vae = load_vae(*checkpoint);

  std::optional<sdxl::SeededNoise> noise;
  if (!o.seed.empty()) noise.emplace(parse_seed(o.seed));
  const tensor::Tensor pixels =
      tensor::from_image(read_fitting_image(o.image, vae->pixels_per_latent()));
  const tensor::Tensor latents = sdxl::encode_image(*vae, pixels, noise ? &*noise : nullptr);
  tensor::io::write_safetensors(o.latents, {{"latents", latents}});
}

}  // namespace

void add_encode(CLI::App& app) {
  CLI::App* command = app.add_subcommand("encode", "Encode an image to latents");
  auto options = std::make_shared<EncodeOptions>();
  options->model.add_to(*command, {"vae"});
  command->add_option("IMAGE", options->image, "PNG, JPEG, WebP or BMP")->type_name("")->required();
  command->add_option("LATENTS", options->latents, "Where tensor latents goes, scaled")
      ->type_name("")
      ->required();
  command
      ->add_option("--seed", options->seed,
                   "Sample the latents' distribution with this seed (its mode)")
      ->type_name("N")
      ->check(seed_number());
  add_compute(*command);
  command->footer(
      "Sides that aren't multiples of 8 are scaled down to them. Latents are scaled by the "
      "autoencoder's factor,\nas those of generate --save-latents are.\n"
      "Example: sdxl encode fox.png fox.safetensors");
  command->callback([options] { encode(*options); });
}

}  // namespace cli
