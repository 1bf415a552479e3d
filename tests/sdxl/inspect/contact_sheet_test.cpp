#include "sdxl/inspect/contact_sheet.h"

#include <doctest/doctest.h>

#include "sdxl/inspect/lettering.h"

using sdxl::wrap;
using tensor::Image;

namespace {

Image blank(int64_t height, int64_t width, uint8_t value) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3), value)};
}

/// The image as letters, # where it is black.
std::vector<std::string> rows_of(const Image& image) {
  std::vector<std::string> rows;
  for (int64_t y = 0; y < image.height; ++y) {
    rows.emplace_back();
    for (int64_t x = 0; x < image.width; ++x) {
      rows.back() += image.pixels[(y * image.width + x) * 3] == 0 ? '#' : '.';
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("image: letters are drawn dot by dot and those beyond ASCII as boxes") {
  Image image = blank(9, 24, 255);
  sdxl::draw_text(image, {0, 0}, "Ay\xc3\xa9~", 1, {0, 0, 0});
  CHECK(rows_of(image) ==
        std::vector<std::string>{
            ".###........#####.......", "#...#.......#...#.......", "#...#.#...#.#...#..#....",
            "#...#.#...#.#...#.#.#.#.", "#####.#...#.#...#....#..", "#...#.#...#.#...#.......",
            "#...#..####.#####.......", "..........#.............", ".......###.............."});
}

TEST_CASE("image: letters are enlarged and cut off at the image's edge") {
  Image image = blank(4, 5, 255);
  sdxl::draw_text(image, {-2, -2}, "L", 2, {0, 0, 0});
  CHECK(rows_of(image) == std::vector<std::string>{".....", ".....", ".....", "....."});
  sdxl::draw_text(image, {0, -10}, "L", 2, {0, 0, 0});
  CHECK(rows_of(image) == std::vector<std::string>{"##...", "##...", "#####", "#####"});
}

TEST_CASE("image: a text is wrapped at spaces and within words and letters where there is none") {
  CHECK(wrap("a red circle", 5) == std::vector<std::string>{"a red", "circl", "e"});
  CHECK(wrap("a red", 5) == std::vector<std::string>{"a red"});
  CHECK(wrap("", 5) == std::vector<std::string>{""});
  CHECK(wrap("\xc3\xa9\xc3\xa9", 3) == std::vector<std::string>{"\xc3\xa9", "\xc3\xa9"});
  CHECK(wrap("  ", 1) == std::vector<std::string>{" ", ""});
}

TEST_CASE("image: a contact sheet enlarges its cells and keeps their order") {
  sdxl::ContactSheet sheet;
  sheet.columns = {"", ""};
  sheet.rows = {""};
  sheet.cells = {blank(40, 80, 10), blank(40, 80, 20)};
  const Image image = draw(sheet);
  CHECK(image.width == 12 + 2 * (160 + 12));
  CHECK(image.height == 12 + 80 + 12);
  const auto at = [&](int64_t y, int64_t x) { return image.pixels[(y * image.width + x) * 3]; };
  CHECK(at(11, 12) == 255);
  CHECK(at(12, 12) == 10);
  CHECK(at(91, 171) == 10);
  CHECK(at(91, 172) == 255);
  CHECK(at(12, 184) == 20);
  CHECK(at(92, 184) == 255);

  sheet.cells[1] = blank(20, 50, 30);  // fits three times
  CHECK(draw(sheet).pixels[(12 * image.width + 184) * 3] == 30);
  CHECK(draw(sheet).pixels[(71 * image.width + 184 + 149) * 3] == 30);
  CHECK(draw(sheet).pixels[(72 * image.width + 184) * 3] == 255);
  sheet.cells[1] = {};
  CHECK(draw(sheet).pixels[(12 * image.width + 184) * 3] == 255);

  sheet.title = "what it shows";
  sheet.rows = {"row"};
  sheet.columns = {"left", "a long name right of it"};
  sheet.captions = {"under it", ""};
  const Image named = draw(sheet);
  CHECK(named.width == image.width + 3 * 12 + 12);
  CHECK(named.height == image.height + 22 + 6 + 2 * 22 + 22);
  sheet.captions.pop_back();
  CHECK_THROWS_WITH(draw(sheet), "contact_sheet: expected 2 captions or none, got 1");
  sheet.cells.pop_back();
  CHECK_THROWS_WITH(draw(sheet), "contact_sheet: expected 1 x 2 cells, got 1");
}
