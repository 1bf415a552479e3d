#include "tensor/image/edges.h"

#include <memory>
#include <string>

#include "examples/cli/commands.h"
#include "examples/cli/images.h"
#include "examples/cli/options.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

constexpr int64_t unit = 8;  // a control picture's sides are multiples of it

struct EdgesOptions {
  std::string image;
  std::string output;
  sdxl::PixelSize size = {0, 0};
  double low = 100.0, high = 200.0;
};

void draw_edges(const EdgesOptions& o) {
  tensor::io::check_writable(o.output);
  const tensor::Image image = tensor::read_image(o.image);
  const tensor::Image fitting =
      fit(image, fitting_size(o.image, {image.height, image.width}, o.size, unit));
  tensor::write_png(o.output, canny_edges(fitting, o.low, o.high));
}

}  // namespace

void add_edges(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "edges", "Draw the edges of an image by Canny's method, as a picture for a ControlNet");
  auto options = std::make_shared<EdgesOptions>();
  command->add_option("IMAGE", options->image, "PNG, JPEG, WebP or BMP")->type_name("")->required();
  command->add_option("--output", options->output, "Where the edges go, a PNG: white on black")
      ->type_name("FILE")
      ->required();
  const auto threshold = [&](const char* name, double& value, const char* meaning) {
    command->add_option(name, value, meaning)->type_name("T")->check(at_least(0));
  };
  threshold("--low", options->low, "An edge goes on while its gradient is above this (100)");
  threshold("--high", options->high, "An edge has a gradient above this somewhere (200)");
  const auto side = [&](const char* name, int64_t& value) {
    command->add_option(name, value, "Scale the image first (its own size, in multiples of 8)")
        ->type_name("N")
        ->check(multiple_of_8());
  };
  side("--height", options->size.height);
  side("--width", options->size.width);
  command->footer(
      "The pixels are those of OpenCV's cv2.Canny(image, low, high). A gradient is |dx| + |dy| of\n"
      "Sobel's kernels on bytes, at most 2040.\n"
      "Example: sdxl edges fox.png --output edges.png");
  command->callback([options] {
    expect_png_name(options->output);
    draw_edges(*options);
  });
}

}  // namespace cli
