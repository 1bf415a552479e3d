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
  CHECK(wrap("red\n12 %", 20) == std::vector<std::string>{"red", "12 %"});
  CHECK(wrap("unet.mid_block.attn2", 15) == std::vector<std::string>{"unet.mid_block.", "attn2"});
  CHECK(sdxl::longest_piece("unet.mid_block.attn2 at step 3") == 10);
  CHECK(sdxl::longest_piece("a circle\nsquares") == 7);
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

TEST_CASE("image: a contact sheet cuts no word and has its legend under the title") {
  sdxl::ContactSheet sheet;
  sheet.columns = {"", ""};
  sheet.rows = {""};
  sheet.cells = {blank(40, 80, 10), blank(40, 80, 20)};
  const Image plain = draw(sheet);
  sheet.captions = {"a photorealistic cat", ""};  // 14 letters of 12 pixels: wider than the cell
  CHECK(draw(sheet).width == plain.width + 2 * (14 * 12 - 160));
  CHECK(draw(sheet).height == plain.height + 3 * 22);
  sheet.captions.clear();
  sheet.rows = {"unet.up_blocks.1.attentions.2.transformer_blocks.0.attn2"};
  CHECK(draw(sheet).width == plain.width + 19 * 12 + 12);  // "transformer_blocks." is whole

  sheet.rows = {""};
  sheet.title = "one line";
  sheet.legend = blank(30, 400, 70);
  const Image titled = draw(sheet);
  CHECK(titled.width == 400 + 2 * 12);
  CHECK(titled.height == plain.height + 22 + 6 + 30 + 12);
  CHECK(titled.pixels[3 * ((12 + 22 + 6) * titled.width + 12)] == 70);
}
