#include <iomanip>
#include <iostream>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "sdxl/data/training_example.h"
#include "tensor/error.h"

namespace cli {

namespace {

void print_table() {
  std::cout << "height  width  height / width  latents\n" << std::fixed << std::setprecision(2);
  for (const auto& [height, width] : sdxl::aspect_buckets()) {
    const double ratio = static_cast<double>(height) / static_cast<double>(width);
    std::cout << std::setw(6) << height << std::setw(7) << width << std::setw(16) << ratio
              << tensor::format("  {} x {}\n", height / 8, width / 8);
  }
}

std::string text(const sdxl::PixelSize& size) {
  return tensor::format("{} x {}", size.height, size.width);
}

/// "crop-top 0 to 56": the range of the crop.
std::string range(const std::string& name, int64_t most) {
  return name + (most > 0 ? " 0 to " : " ") + std::to_string(most);
}

void print_bucket_of(const sdxl::PixelSize& image) {
  const sdxl::PixelSize bucket = sdxl::nearest_bucket(image);
  const sdxl::CropPlan plan = sdxl::plan_crop(image, bucket);
  std::cout << "image  " << text(image) << ", height first\n"
            << "bucket   " << text(bucket) << "\n"
            << "scaled   " << text(plan.resized) << "\n"
            << "cut off  " << plan.max_top << " rows and " << plan.max_left
            << " columns: " << range("crop-top", plan.max_top) << ", "
            << range("crop-left", plan.max_left) << "\n";
}

}  // namespace

void add_buckets(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "buckets", "List the sizes SDXL was trained on, or find the one for an image");
  auto size = std::make_shared<sdxl::PixelSize>();
  CLI::Option* height =
      command->add_option("--height", size->height, "Height of the image, in pixels");
  CLI::Option* width = command->add_option("--width", size->width, "Width of the image, in pixels");
  for (CLI::Option* side : {height, width}) side->type_name("N")->check(at_least(1));
  height->needs(width);
  width->needs(height);
  command->footer(
      "An image is scaled until it just covers its bucket, and cut at a random place.\n"
      "Example: sdxl buckets --height 3000 --width 4000");
  command->callback([size] { size->height > 0 ? print_bucket_of(*size) : print_table(); });
}

}  // namespace cli
