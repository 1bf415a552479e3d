#include <cmath>
#include <iostream>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/options.h"
#include "sdxl/upscale/open_upscaler.h"
#include "sdxl/upscale/upscale_image.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct UpscaleOptions {
  std::string image, upscaler;
  std::string output = "upscaled.png";
  double scale = 0.0;  // 0: the net's own
};

void upscale(const UpscaleOptions& o) {
  tensor::io::check_writable(o.output);
  const auto net = sdxl::open_upscaler(o.upscaler);
  const tensor::Image image = tensor::read_image(o.image);
  const double scale = o.scale > 0.0 ? o.scale : static_cast<double>(net->scale());
  const auto side = [&](int64_t pixels) {
    return std::llround(scale * static_cast<double>(pixels));
  };
  const tensor::Image larger =
      sdxl::upscale_to(*net, image, {side(image.height), side(image.width)});
  tensor::write_png(o.output, larger);
  std::cerr << tensor::format("wrote {}, {} x {} pixels", o.output, larger.height, larger.width)
            << std::endl;
}

}  // namespace

void add_upscale(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("upscale", "Enlarge an image by a learned upscaler (ESRGAN)");
  auto options = std::make_shared<UpscaleOptions>();
  command->add_option("IMAGE", options->image, "PNG, JPEG, WebP or BMP")->type_name("")->required();
  command
      ->add_option("--upscaler", options->upscaler,
                   "An ESRGAN or Real-ESRGAN (RRDBNet) as safetensors")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--scale", options->scale,
                   "How much larger the image becomes (the upscaler's own factor, mostly 4)")
      ->type_name("F")
      ->check(scale_above_1());
  command->add_option("--output", options->output, "The image (upscaled.png)")->type_name("FILE");
  add_compute(*command);
  command->footer(
      "generate --hires-upscaler FILE uses one in the high-resolution fix.\n"
      "Example: sdxl upscale fox.png --upscaler RealESRGAN_x4plus.safetensors --scale 2");
  command->callback([options] {
    expect_png_name(options->output);
    upscale(*options);
  });
}

}  // namespace cli
