#include "examples/cli/pictures.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "tensor/error.h"
#include "tensor/io/resize.h"
#include "tensor/ops.h"

namespace cli {

namespace fs = std::filesystem;

std::vector<fs::path> picture_paths(const fs::path& output, int64_t n) {
  if (n == 1) return {output};
  std::vector<fs::path> paths;
  for (int64_t i = 0; i < n; ++i) {
    const std::string name =
        output.stem().string() + "." + std::to_string(i) + output.extension().string();
    paths.push_back(output.parent_path() / name);
  }
  return paths;
}

tensor::io::Image read_fitting_image(const fs::path& path, sdxl::PixelSize size, int64_t unit) {
  const tensor::io::Image image = tensor::io::read_image(path);
  const auto side = [unit](int64_t asked, int64_t own) {
    return asked > 0 ? asked : own - own % unit;
  };
  const int64_t height = side(size.height, image.height);
  const int64_t width = side(size.width, image.width);
  if (height == 0 || width == 0) {
    tensor::fail("{}: a picture of {} x {} pixels is too small; each side needs at least {}",
                 path.string(), image.height, image.width, unit);
  }
  if (height == image.height && width == image.width) return image;
  if (size.height == 0 || size.width == 0) {
    std::cerr << tensor::format("sdxl: note: scaled from {} x {} to {} x {}, multiples of {}",
                                image.height, image.width, height, width, unit)
              << std::endl;
  }
  return resize_lanczos(image, height, width);
}

void expect_png_name(const fs::path& output) {
  const std::string extension = output.extension().string();
  if (extension.empty() || extension == ".png" || extension == ".PNG") return;
  throw CLI::ValidationError(
      "the picture is written as PNG: expected a name that ends in .png, got " + output.string());
}

void write_pictures(const fs::path& output, const tensor::Tensor& images,
                    const tensor::io::TextChunks& texts) {
  const std::vector<fs::path> paths = picture_paths(output, images.dim(0));
  for (int64_t i = 0; i < images.dim(0); ++i) {
    const tensor::io::Image image = tensor::io::to_image(slice(images, 0, i, i + 1));
    tensor::io::write_png(paths[i], image, texts);
  }
}

}  // namespace cli
