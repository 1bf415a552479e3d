#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sdxl/data/aspect_buckets.h"
#include "tensor/image/image.h"

namespace cli {

/// The paths of n images: `output` itself, or with several sdxl.0.png, sdxl.1.png ...
std::vector<std::filesystem::path> image_paths(const std::filesystem::path& output, int64_t n);

/// The size to scale an image to: `chosen`, where 0 is for its own; sides that aren't multiples of
/// `unit` are made smaller, and a note says so.
/// Errors: std::runtime_error for a side below `unit`.
sdxl::PixelSize fitting_size(const std::filesystem::path& path, const sdxl::PixelSize& own,
                             const sdxl::PixelSize& chosen, int64_t unit);

/// The image at another size, by diffusers' Lanczos filter.
tensor::Image fit(const tensor::Image& image, const sdxl::PixelSize& size);

/// An image for a sheet: scaled down by a whole factor until no side has more than `most` pixels.
tensor::Image at_most(const tensor::Image& image, int64_t most);

/// Reads an image; sides that aren't multiples of `unit` are scaled down to one.
/// Errors: as fitting_size; std::runtime_error for a file that is not an image.
tensor::Image read_fitting_image(const std::filesystem::path& path, int64_t unit);

/// Reads the mask of an image. Errors: std::runtime_error for one of another size.
tensor::Image read_mask(const std::filesystem::path& path, const std::filesystem::path& image,
                        const sdxl::PixelSize& size);

/// The N images of (N, 3, H, W) in [-1, 1] as one, side by side.
tensor::Image side_by_side(const tensor::Tensor& images);

/// Errors: CLI::ValidationError for a name with the suffix of another format than PNG.
void expect_png_name(const std::filesystem::path& output);

/// Writes (N, 3, H, W) in [-1, 1] to the N paths above, with the texts in each.
void write_images(const std::filesystem::path& output, const tensor::Tensor& images,
                  const tensor::TextChunks& texts);

}  // namespace cli
