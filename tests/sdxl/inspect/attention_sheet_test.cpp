#include "sdxl/inspect/attention_sheet.h"

#include <doctest/doctest.h>

#include "sdxl/inspect/heat_map.h"

using sdxl::AttentionSheet;
using sdxl::ContactSheet;
using tensor::Image;
using tensor::Tensor;

namespace {

Image white(int64_t height, int64_t width) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width), 255)};
}

/// A row whose maps are each a single value.
sdxl::AttentionMaps::Row row_of(const std::string& name, const std::vector<float>& values) {
  return {name, Tensor::from({static_cast<int64_t>(values.size()), 1, 1}, values)};
}

/// Two words, the start and the end.
AttentionSheet of_two_words() {
  AttentionSheet sheet;
  sheet.title = "title";
  sheet.image = white(8, 16);
  sheet.rows = {row_of("all", {0.125f, 0.25f, 0.5f, 0.125f})};
  sheet.columns = {"red", "star", "(start)", "(end)"};
  sheet.words = 2;
  return sheet;
}

std::vector<uint8_t> first_pixel(const Image& image) {
  return {image.pixels.begin(), image.pixels.begin() + 3};
}

/// The colour of a value on a scale over white.
std::vector<uint8_t> colour(float value, double high) {
  return sdxl::heat_over(white(1, 1), Tensor::full({1, 1}, value), {0.0, high}).pixels;
}

}  // namespace

TEST_CASE("inspect: all words of a sheet share a scale and the tokens around them have their own") {
  AttentionSheet sheet = of_two_words();
  std::vector<ContactSheet> pages = pages_of(sheet);
  REQUIRE(pages.size() == 1);
  const ContactSheet& page = pages[0];
  CHECK(page.columns.size() == 6);
  CHECK(page.rows.size() == 2);  // the tokens around the words begin a line
  CHECK(page.captions == std::vector<std::string>{"image", "red\n12.5 %", "star\n25 %", "", "", "",
                                                  "(start)\n50 %\nscale 0 to 0.5",
                                                  "(end)\n12.5 %\nscale 0 to 0.125", "", "", "",
                                                  ""});
  CHECK(page.cells[0].height == 96);  // of 192 pixels a side at most
  CHECK(page.cells[0].width == 192);
  CHECK(first_pixel(page.cells[1]) == colour(0.125f, 0.25));
  CHECK(first_pixel(page.cells[2]) == colour(0.25f, 0.25));
  CHECK(first_pixel(page.cells[6]) == colour(1, 1));
  CHECK(first_pixel(page.cells[7]) == colour(1, 1));
  CHECK(page.legend.pixels ==
        sdxl::heat_legend({0.0, 0.25}, "share of each place's attention").pixels);

  sheet.rows.push_back(row_of("more", {0.5f, 0.25f, 0.125f, 0.125f}));  // over all rows, too
  pages = pages_of(sheet);
  CHECK(pages[0].rows == std::vector<std::string>{"all", "more"});
  CHECK(first_pixel(pages[0].cells[1]) == colour(0.125f, 0.5));
  CHECK(pages[0].cells[5].pixels.empty());  // the image is shown once

  sheet.common_scale = false;
  pages = pages_of(sheet);
  CHECK(pages[0].legend.pixels.empty());
  CHECK(pages[0].captions[1] == "12.5 %\nscale 0.125 to 0.125");
}

TEST_CASE("inspect: a long sheet has pages of at most 6 x 6 cells, each map on one of them") {
  AttentionSheet sheet = of_two_words();
  sheet.rows = {row_of("all", std::vector<float>(77, 0.01f))};
  sheet.columns.assign(77, "word");
  sheet.words = 75;
  const std::vector<ContactSheet> lines = pages_of(sheet);
  REQUIRE(lines.size() == 3);
  size_t words = 0;
  for (const ContactSheet& page : lines) {
    CHECK(page.columns.size() == 6);
    CHECK(page.rows.size() <= 6);
    CHECK(page.captions[0] == "image");
    for (const std::string& caption : page.captions) words += caption.starts_with("word");
    CHECK_NOTHROW(draw(page));
  }
  CHECK(words == 77);
  CHECK(lines[1].title == "title\npage 2 of 3");

  sheet.rows.assign(13, row_of("layer", {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f}));
  sheet.columns.assign(7, "word");
  const std::vector<ContactSheet> tables = pages_of(sheet);
  REQUIRE(tables.size() == 6);  // 3 parts of the rows, 2 of the columns
  size_t cells = 0;
  for (const ContactSheet& page : tables) cells += page.rows.size() * (page.columns.size() - 1);
  CHECK(cells == 13 * 7);
}

TEST_CASE("inspect: a place is marked on its maps") {
  AttentionSheet sheet = of_two_words();
  sheet.rows = {row_of("head 0", {0.125f}), row_of("head 1", {0.25f})};
  sheet.columns = {"from 0,0"};
  sheet.words = 0;
  sheet.places = {{0, 0}};
  const std::vector<ContactSheet> pages = pages_of(sheet);
  REQUIRE(pages.size() == 1);
  CHECK(pages[0].captions ==
        std::vector<std::string>{"image", "head 0\nat most 12.5 %", "head 1\nat most 25 %"});
  CHECK(first_pixel(pages[0].cells[1]) == std::vector<uint8_t>(3, 255));  // the mark
  CHECK(pages[0].cells[1].pixels[3 * 4] == 0);                            // and its edge
  CHECK(std::vector<uint8_t>(pages[0].cells[1].pixels.end() - 3, pages[0].cells[1].pixels.end()) ==
        colour(0.125f, 0.25));
}
