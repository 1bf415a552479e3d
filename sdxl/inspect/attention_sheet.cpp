#include "sdxl/inspect/attention_sheet.h"

#include <algorithm>

#include "sdxl/inspect/heat_map.h"
#include "tensor/error.h"
#include "tensor/image/resize.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::Image;
using tensor::Tensor;

constexpr size_t page_columns = 6, page_rows = 6;
constexpr int64_t cell_side = 192;  // pixels of a map's longer side

/// A map over the image, and the text below it.
struct Cell {
  Image image;
  std::string name, numbers;
};

/// A small white square with a black edge.
void mark(Image& image, const Place& place) {
  constexpr int64_t inner = 2, outer = 4;
  for (int64_t y = place.y - outer; y <= place.y + outer; ++y) {
    for (int64_t x = place.x - outer; x <= place.x + outer; ++x) {
      if (y < 0 || x < 0 || y >= image.height || x >= image.width) continue;
      const bool is_edge = std::abs(y - place.y) > inner || std::abs(x - place.x) > inner;
      std::fill_n(&image.pixels[3 * (y * image.width + x)], 3, is_edge ? 0 : 255);
    }
  }
}

/// Draws the cells of a sheet. Scales stay between 0 and 1, also where resize_bicubic overshoots.
class Painter {
 public:
  explicit Painter(const AttentionSheet& sheet) : sheet_(sheet) {
    const Image& image = sheet.image;
    const int64_t longest = std::max(image.height, image.width);
    const auto side = [&](int64_t n) { return std::max<int64_t>(n * cell_side / longest, 1); };
    image_ = resize_lanczos(image, side(image.height), side(image.width));
    for (size_t column = 0; column < sheet.columns.size(); ++column) {
      highest_.push_back(0.0);
      for (const auto& row : sheet.rows) {
        const double highest = range_of(map_of(row, column)).high;
        highest_.back() = std::max(highest_.back(), std::min(highest, 1.0));
      }
    }
    const size_t columns = sheet.columns.size();
    const auto end = highest_.begin() + (is_of_places() ? columns : std::min(sheet.words, columns));
    common_ = highest_.begin() == end ? 0.0 : *std::max_element(highest_.begin(), end);
  }

  Cell image() const {
    Cell cell{image_, "image", ""};
    for (const Place& place : sheet_.places) mark(cell.image, in_cell(place));
    return cell;
  }

  Cell map(size_t row, size_t column) const {
    const Tensor values = map_of(sheet_.rows[row], column);
    Cell cell{heat_over(image_, values, scale(values, column)), "", ""};
    if (is_of_places()) mark(cell.image, in_cell(sheet_.places[column]));
    const double share = is_of_places() ? range_of(values).high : mean(values);
    cell.numbers = (is_of_places() ? "at most " : "") + short_number(100 * share) + " %";
    if (has_own_scale(column)) {
      const auto [low, high] = scale(values, column);
      cell.numbers += tensor::format("\nscale {} to {}", short_number(low), short_number(high));
    }
    return cell;
  }

  /// Of the common scale; an image without pixels where there is none.
  Image legend() const {
    if (!sheet_.common_scale || common_ <= 0.0) return {};
    return heat_legend({0.0, common_}, is_of_places() ? "share of the place's attention"
                                                      : "share of each place's attention");
  }

 private:
  bool is_of_places() const { return !sheet_.places.empty(); }
  bool has_own_scale(size_t column) const {
    return !sheet_.common_scale || (!is_of_places() && column >= sheet_.words);
  }
  HeatScale scale(const Tensor& values, size_t column) const {
    if (sheet_.common_scale) return {0.0, has_own_scale(column) ? highest_[column] : common_};
    const HeatScale own = range_of(values);
    return {std::max(own.low, 0.0), std::min(own.high, 1.0)};
  }
  Place in_cell(const Place& place) const {
    return {place.x * image_.width / sheet_.image.width,
            place.y * image_.height / sheet_.image.height};
  }

  const AttentionSheet& sheet_;
  Image image_;                  // of a cell's size
  std::vector<double> highest_;  // the largest value of each column
  double common_;
};

/// Parts first, first + 1 ... last - 1 of n things.
struct Part {
  size_t first, last;
};

/// As few parts as possible, of at most `most`, about equally long.
std::vector<Part> parts_of(size_t n, size_t most) {
  const size_t count = (n + most - 1) / most;
  std::vector<Part> parts;
  for (size_t i = 0; i < count; ++i) parts.push_back({i * n / count, (i + 1) * n / count});
  return parts;
}

/// A page of cells, line by line; the empty ones are at the end.
ContactSheet page_of_lines(std::vector<Cell> cells) {
  ContactSheet page;
  page.columns.resize(std::min(cells.size(), page_columns));
  page.rows.resize((cells.size() + page_columns - 1) / page_columns);
  cells.resize(page.columns.size() * page.rows.size());
  for (Cell& cell : cells) {
    page.cells.push_back(std::move(cell.image));
    page.captions.push_back(cell.numbers.empty() ? cell.name : cell.name + "\n" + cell.numbers);
  }
  return page;
}

std::vector<ContactSheet> pages_of_lines(const AttentionSheet& sheet, const Painter& painter) {
  const bool is_row = sheet.rows.size() == 1;
  const size_t count = is_row ? sheet.columns.size() : sheet.rows.size();
  std::vector<ContactSheet> pages;
  const size_t most = page_columns * (page_rows - 1) - 1;  // a line is left for the tokens apart
  for (const auto& [first, last] : parts_of(count, most)) {
    std::vector<Cell> cells = {painter.image()};
    for (size_t i = first; i < last; ++i) {
      const bool begins_line = is_row && i == sheet.words && i > 0;  // the tokens around the words
      while (begins_line && cells.size() % page_columns != 0) cells.emplace_back();
      cells.push_back(is_row ? painter.map(0, i) : painter.map(i, 0));
      cells.back().name = is_row ? sheet.columns[i] : sheet.rows[i].name;
    }
    pages.push_back(page_of_lines(std::move(cells)));
  }
  return pages;
}

ContactSheet page_of_table(const AttentionSheet& sheet, const Painter& painter, const Part& rows,
                           const Part& columns) {
  ContactSheet page;
  page.columns = {"image"};
  for (size_t i = columns.first; i < columns.last; ++i) page.columns.push_back(sheet.columns[i]);
  for (size_t row = rows.first; row < rows.last; ++row) {
    page.rows.push_back(sheet.rows[row].name);
    page.cells.push_back(row == rows.first ? painter.image().image : Image());
    page.captions.emplace_back();
    for (size_t column = columns.first; column < columns.last; ++column) {
      Cell cell = painter.map(row, column);
      page.cells.push_back(std::move(cell.image));
      page.captions.push_back(cell.numbers);
    }
  }
  return page;
}

std::vector<ContactSheet> pages_of_table(const AttentionSheet& sheet, const Painter& painter) {
  std::vector<ContactSheet> pages;
  for (const Part& rows : parts_of(sheet.rows.size(), page_rows)) {
    for (const Part& columns : parts_of(sheet.columns.size(), page_columns - 1)) {
      pages.push_back(page_of_table(sheet, painter, rows, columns));
    }
  }
  return pages;
}

}  // namespace

Tensor map_of(const AttentionMaps::Row& row, size_t column) {
  const auto i = static_cast<int64_t>(column);
  return slice(row.maps, 0, i, i + 1).reshape({row.maps.dim(1), row.maps.dim(2)});
}

std::vector<ContactSheet> pages_of(const AttentionSheet& sheet) {
  const Painter painter(sheet);
  const bool is_line = sheet.rows.size() == 1 || sheet.columns.size() == 1;
  std::vector<ContactSheet> pages =
      is_line ? pages_of_lines(sheet, painter) : pages_of_table(sheet, painter);
  for (size_t i = 0; i < pages.size(); ++i) {
    pages[i].title = sheet.title;
    if (pages.size() > 1) {
      pages[i].title += tensor::format("\npage {} of {}", i + 1, pages.size());
    }
    pages[i].legend = painter.legend();
  }
  return pages;
}

}  // namespace sdxl
