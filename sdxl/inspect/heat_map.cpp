#include "sdxl/inspect/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "sdxl/inspect/bicubic.h"
#include "sdxl/inspect/lettering.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

constexpr double share = 0.75;  // of heat; the rest is the image in grey

/// The colours of matplotlib's "inferno" at 0, 1/8 ... 1: brightness rises evenly.
constexpr std::array<Colour, 9> inferno = {{{0, 0, 4},
                                            {31, 12, 72},
                                            {85, 15, 109},
                                            {136, 34, 106},
                                            {186, 54, 85},
                                            {227, 89, 51},
                                            {249, 140, 10},
                                            {249, 201, 50},
                                            {252, 255, 164}}};

/// The colour of a heat from 0 to 1 over a grey from 0 to 1.
Colour blended(double heat, double grey) {
  const double place = std::clamp(heat, 0.0, 1.0) * (inferno.size() - 1);
  const auto below = std::min(static_cast<size_t>(place), inferno.size() - 2);
  const double rest = place - static_cast<double>(below);
  Colour result;
  for (size_t c = 0; c < result.size(); ++c) {
    const double colour = (1 - rest) * inferno[below][c] + rest * inferno[below + 1][c];
    result[c] = static_cast<uint8_t>(std::lround(share * colour + (1 - share) * 255 * grey));
  }
  return result;
}

double brightness(const uint8_t* rgb) {
  return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255;
}

double heat_of(double value, const HeatScale& scale) {
  const double range = scale.high - scale.low;
  return range > 0.0 ? (value - scale.low) / range : 0.0;
}

}  // namespace

HeatScale range_of(const tensor::Tensor& map) {
  const auto [low, high] = std::minmax_element(map.data(), map.data() + map.size());
  return {*low, *high};
}

tensor::Image heat_over(const tensor::Image& image, const tensor::Tensor& map,
                        const HeatScale& scale) {
  tensor::require(map.shape().rank() == 2 && map.size() > 0 && image.height > 0 && image.width > 0,
                  "heat_over expects an image and a map (h, w), got {} x {} pixels and {}",
                  image.height, image.width, map.shape());
  tensor::require(!tensor::has_non_finite(map), "heat_over: the map holds NaN or infinity");
  const tensor::Tensor values = resize_bicubic(map, image.height, image.width);
  tensor::Image heated = image;
  for (int64_t i = 0; i < values.size(); ++i) {
    uint8_t* rgb = &heated.pixels[3 * i];
    const Colour colour = blended(heat_of(values.data()[i], scale), brightness(rgb));
    std::copy(colour.begin(), colour.end(), rgb);
  }
  return heated;
}

tensor::Image heat_legend(const HeatScale& scale, const std::string& text) {
  constexpr int64_t dot = 2, letter = letter_width * dot, line = (letter_height + 2) * dot;
  constexpr int64_t bar = 384, thick = 16, gap = 12;
  constexpr Colour black = {0, 0, 0}, grey = {64, 64, 64};
  const auto length = static_cast<int64_t>(text.size()) * letter;
  tensor::Image image{thick + line, bar + gap + length, {}};
  image.pixels.assign(static_cast<size_t>(3 * image.height * image.width), 255);
  for (int64_t y = 0; y < thick; ++y) {
    for (int64_t x = 0; x < bar; ++x) {
      const Colour colour = blended(static_cast<double>(x) / (bar - 1), 0.5);
      std::copy(colour.begin(), colour.end(), &image.pixels[3 * (y * image.width + x)]);
    }
  }
  for (int64_t part = 0; part <= 2; ++part) {  // left, middle, right
    const double value = scale.low + (scale.high - scale.low) * static_cast<double>(part) / 2;
    const std::string number = short_number(value);
    const int64_t free = bar - static_cast<int64_t>(number.size()) * letter;
    const int64_t x = part == 0 ? 0 : part == 1 ? free / 2 : free;
    draw_text(image, {x, thick + dot}, number, dot, grey);
  }
  draw_text(image, {bar + gap, 0}, text, dot, black);
  return image;
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace sdxl
