#include "sdxl/inspect/contact_sheet.h"

#include <algorithm>

#include "sdxl/inspect/lettering.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr int64_t least_cell = 160;  // pixels: 13 letters
constexpr int64_t scale = 2;         // pixels to a dot of a letter
constexpr int64_t letter = letter_width * scale, line = (letter_height + 2) * scale;
constexpr int64_t gap = 12;
constexpr int64_t row_name = 18, longest_word = 30;  // letters
constexpr Colour black = {0, 0, 0}, grey = {96, 96, 96};

/// The letters that a label needs so that no word is cut, up to longest_word.
int64_t widest_word(const std::vector<std::string>& labels) {
  int64_t widest = 0;
  for (const std::string& label : labels) widest = std::max(widest, longest_piece(label));
  return std::min(widest, longest_word);
}

/// Pixels around and between the parts of a sheet.
struct Layout {
  explicit Layout(const ContactSheet& sheet) {
    int64_t height = 1, width = 1;
    for (const tensor::Image& cell : sheet.cells) {
      height = std::max(height, cell.height);
      width = std::max(width, cell.width);
    }
    const int64_t enlarged = (least_cell + width - 1) / width;
    cell_height = height * enlarged;
    cell_width = width * enlarged;
    size_t longest = 0;
    for (const std::string& name : sheet.rows) longest = std::max(longest, name.size());
    row_letters =
        std::min(static_cast<int64_t>(longest), std::max(row_name, widest_word(sheet.rows)));
    left = gap + (row_letters > 0 ? row_letters * letter + gap : 0);
    column_width = std::max(
        cell_width, letter * std::max(widest_word(sheet.columns), widest_word(sheet.captions)));
    const auto columns = static_cast<int64_t>(sheet.columns.size());
    image_width = std::max({left + columns * (column_width + gap), sheet.legend.width + 2 * gap,
                            letter * widest_word({sheet.title}) + 2 * gap});

    title = sheet.title.empty() ? std::vector<std::string>()
                                : wrap(sheet.title, (image_width - 2 * gap) / letter);
    legend = gap + (title.empty() ? 0 : static_cast<int64_t>(title.size()) * line + gap / 2);
    top = legend + (sheet.legend.pixels.empty() ? 0 : sheet.legend.height + gap);
    size_t lines = 0;
    for (const std::string& name : sheet.columns) {
      if (!name.empty()) lines = std::max(lines, wrap(name, column_letters()).size());
    }
    column_lines = static_cast<int64_t>(lines);
    first_row = top + column_lines * line;
    size_t caption_lines = 0;
    for (const std::string& text : sheet.captions) {
      caption_lines = std::max(caption_lines, wrap(text, column_letters()).size());
    }
    row_height = cell_height + static_cast<int64_t>(caption_lines) * line + gap;
    image_height = first_row + static_cast<int64_t>(sheet.rows.size()) * row_height;
  }

  /// The largest whole factor by which a cell fits.
  int64_t factor(const tensor::Image& cell) const {
    if (cell.pixels.empty()) return 1;
    return std::min(cell_height / cell.height, cell_width / cell.width);
  }
  int64_t column_letters() const { return (column_width + gap / 2) / letter; }

  int64_t cell_height, cell_width, column_width;
  int64_t row_letters, left, legend, top, column_lines, first_row, row_height;
  int64_t image_height, image_width;
  std::vector<std::string> title;
};

void draw_lines(tensor::Image& image, Place place, const std::vector<std::string>& lines,
                const Colour& colour) {
  for (const std::string& text : lines) {
    draw_text(image, place, text, scale, colour);
    place.y += line;
  }
}

/// A part of the sheet, enlarged by a whole factor.
void paste(tensor::Image& image, const Place& place, const tensor::Image& cell, int64_t factor) {
  for (int64_t y = 0; y < cell.height * factor; ++y) {
    for (int64_t x = 0; x < cell.width * factor; ++x) {
      const int64_t from = (y / factor * cell.width + x / factor) * 3;
      const int64_t to = ((place.y + y) * image.width + place.x + x) * 3;
      std::copy_n(&cell.pixels[from], 3, &image.pixels[to]);
    }
  }
}

}  // namespace

tensor::Image draw(const ContactSheet& sheet) {
  const size_t columns = sheet.columns.size(), rows = sheet.rows.size();
  tensor::require(columns > 0 && rows > 0 && sheet.cells.size() == columns * rows,
                  "contact_sheet: expected {} x {} cells, got {}", rows, columns,
                  sheet.cells.size());
  tensor::require(sheet.captions.empty() || sheet.captions.size() == sheet.cells.size(),
                  "contact_sheet: expected {} captions or none, got {}", sheet.cells.size(),
                  sheet.captions.size());
  const Layout layout(sheet);
  tensor::Image image{layout.image_height, layout.image_width, {}};
  image.pixels.assign(static_cast<size_t>(3 * image.height * image.width), 255);

  draw_lines(image, {gap, gap}, layout.title, black);
  paste(image, {gap, layout.legend}, sheet.legend, 1);
  for (size_t column = 0; column < columns; ++column) {
    const auto x = layout.left + static_cast<int64_t>(column) * (layout.column_width + gap);
    const std::vector<std::string> name = wrap(sheet.columns[column], layout.column_letters());
    const int64_t above = layout.column_lines - static_cast<int64_t>(name.size());
    draw_lines(image, {x, layout.top + above * line}, name, black);
    for (size_t row = 0; row < rows; ++row) {
      const auto y = layout.first_row + static_cast<int64_t>(row) * layout.row_height;
      const size_t cell = row * columns + column;
      if (column == 0) {
        draw_lines(image, {gap, y}, wrap(sheet.rows[row], layout.row_letters), black);
      }
      paste(image, {x, y}, sheet.cells[cell], layout.factor(sheet.cells[cell]));
      if (sheet.captions.empty()) continue;
      draw_lines(image, {x, y + layout.cell_height + scale},
                 wrap(sheet.captions[cell], layout.column_letters()), grey);
    }
  }
  return image;
}

}  // namespace sdxl
