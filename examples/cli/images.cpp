#include "examples/cli/images.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "tensor/error.h"
#include "tensor/image/resize.h"
#include "tensor/ops.h"

namespace cli {

namespace fs = std::filesystem;

std::vector<fs::path> image_paths(const fs::path& output, int64_t n) {
  if (n == 1) return {output};
  std::vector<fs::path> paths;
  for (int64_t i = 0; i < n; ++i) {
    const std::string name =
        output.stem().string() + "." + std::to_string(i) + output.extension().string();
    paths.push_back(output.parent_path() / name);
  }
  return paths;
}

sdxl::PixelSize fitting_size(const fs::path& path, const sdxl::PixelSize& own,
                             const sdxl::PixelSize& chosen, int64_t unit) {
  const auto side = [unit](int64_t chosen_side, int64_t own_side) {
    return chosen_side > 0 ? chosen_side : own_side - own_side % unit;
  };
  const sdxl::PixelSize size = {side(chosen.height, own.height), side(chosen.width, own.width)};
  if (size.height == 0 || size.width == 0) {
    tensor::fail("{}: an image of {} x {} pixels is too small; each side needs at least {}",
                 path.string(), own.height, own.width, unit);
  }
  const bool is_cut = (chosen.height == 0 && size.height != own.height) ||
                      (chosen.width == 0 && size.width != own.width);
  if (is_cut) {
    std::cerr << tensor::format("sdxl: note: scaled from {} x {} to {} x {}, multiples of {}",
                                own.height, own.width, size.height, size.width, unit)
              << std::endl;
  }
  return size;
}

tensor::Image fit(const tensor::Image& image, const sdxl::PixelSize& size) {
  const bool fits = size.height == image.height && size.width == image.width;
  return fits ? image : resize_lanczos(image, size.height, size.width);
}

tensor::Image at_most(const tensor::Image& image, int64_t most) {
  const int64_t k = (std::max(image.height, image.width) + most - 1) / most;
  return fit(image,
             {std::max<int64_t>(image.height / k, 1), std::max<int64_t>(image.width / k, 1)});
}

tensor::Image read_fitting_image(const fs::path& path, int64_t unit) {
  const tensor::Image image = tensor::read_image(path);
  return fit(image, fitting_size(path, {image.height, image.width}, {}, unit));
}

tensor::Image read_mask(const fs::path& path, const fs::path& image, const sdxl::PixelSize& size) {
  tensor::Image mask = tensor::read_image(path);
  if (mask.height != size.height || mask.width != size.width) {
    tensor::fail("{}: expected {} x {} pixels, the size of {}, got {} x {}", path.string(),
                 size.height, size.width, image.string(), mask.height, mask.width);
  }
  return mask;
}

tensor::Image side_by_side(const tensor::Tensor& images) {
  std::vector<tensor::Tensor> row;
  for (int64_t i = 0; i < images.dim(0); ++i) row.push_back(slice(images, 0, i, i + 1));
  return tensor::to_image(concat(row, 3));
}

void expect_png_name(const fs::path& output) {
  const std::string extension = output.extension().string();
  if (extension.empty() || extension == ".png" || extension == ".PNG") return;
  throw CLI::ValidationError(
      "the image is written as PNG: expected a name that ends in .png, got " + output.string());
}

void write_images(const fs::path& output, const tensor::Tensor& images,
                  const tensor::TextChunks& texts) {
  const std::vector<fs::path> paths = image_paths(output, images.dim(0));
  for (int64_t i = 0; i < images.dim(0); ++i) {
    const tensor::Image image = tensor::to_image(slice(images, 0, i, i + 1));
    tensor::write_png(paths[i], image, texts);
  }
}

}  // namespace cli
