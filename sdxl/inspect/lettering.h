#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tensor/image/image.h"

namespace sdxl {

using Colour = std::array<uint8_t, 3>;

/// A pixel, counted from the upper left corner.
struct Place {
  int64_t x = 0, y = 0;
};

/// A letter's size in dots, the gap to the next one on the right included.
constexpr int64_t letter_width = 6, letter_height = 9;

/// Writes a line of text into an image, its upper left corner at `place` and each dot `scale`
/// pixels wide. Pixels outside the image are left out. A character beyond ASCII is drawn as a box.
void draw_text(tensor::Image& image, Place place, const std::string& text, int64_t scale,
               const Colour& colour);

/// Breaks a text into lines of at most `width` bytes: at its line ends, then at a space where there
/// is one, or after a dot. At least one line.
std::vector<std::string> wrap(const std::string& text, int64_t width);

/// The smallest width at which `wrap` cuts no word and no name between two dots.
int64_t longest_piece(const std::string& text);

}  // namespace sdxl
