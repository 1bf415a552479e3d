#include "examples/cli/network_html.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "examples/cli/html.h"
#include "sdxl/inspect/skips.h"

namespace cli {

namespace {

using namespace std::string_view_literals;

// The page's own component (examples/web/page/u) and its style, which the build writes as C++. A file comes
// behind those that it uses.
// clang-format off
constexpr std::string_view component[] = {
#include "u_parts.inc"
#include "u_sources.inc"
#include "u_layout.inc"
#include "u_drawing.inc"
#include "u_report.inc"
};
// clang-format on
constexpr std::string_view style[] = {
#include "u_style.inc"
};

/// The modules of the component as one script: without the imports, which name other files.
std::string script() {
  std::string all, result, line;
  for (const std::string_view part : component) all += part;
  std::istringstream lines(all);
  while (std::getline(lines, line)) {
    if (line.starts_with("import ")) continue;
    result += line.starts_with("export ") ? line.substr(7) : line;
    result += "\n";
  }
  return result;
}

/// JSON within a script element: no text of it ends the element.
std::string inside_script(const nlohmann::ordered_json& json) {
  std::string text;
  for (const char c : json.dump()) text += c == '<' ? "\\u003c" : std::string(1, c);
  return text;
}

/// The address of the repository's folder, where this program's sources are on this machine; else "".
std::string source_address() {
  const std::filesystem::path folder = GLASSBOX_SOURCE_DIR;
  std::error_code error;
  return std::filesystem::exists(folder / "sdxl/unet", error) ? "file://" + folder.string() + "/"
                                                              : "";
}

/// What the drawing needs of the rows of `sdxl tree --json`.
nlohmann::ordered_json modules_json(const std::vector<nn::ModuleSummary>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const nn::ModuleSummary& row : rows) {
    list.push_back({{"path", row.path},
                    {"kind", row.kind},
                    {"output", std::vector<int64_t>(row.output.begin(), row.output.end())}});
  }
  return list;
}

nlohmann::ordered_json colours_json(const std::vector<Colouring>& colourings) {
  auto list = nlohmann::ordered_json::array();
  for (const Colouring& colouring : colourings) {
    auto of = nlohmann::ordered_json::object();
    for (const auto& [path, mark] : colouring.marks) of[path] = {mark.colour, mark.text};
    list.push_back({{"name", colouring.name}, {"of", of}});
  }
  return list;
}

}  // namespace

std::string page_head(const std::string& title) {
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  page += escaped(title) + "</title><style>\n";
  for (const std::string_view part : style) page += part;
  return page + "</style></head><body>\n";
}

std::string network_html(const nn::Module& unet, const std::vector<nn::ModuleSummary>& rows,
                         const std::vector<Colouring>& colourings) {
  if (rows.front().kind != "UNet2DConditionModel") return "";
  auto skips = nlohmann::ordered_json::array();
  for (const sdxl::Skip& skip : sdxl::skips_of(unet)) {
    skips.push_back({{"from", skip.pushed_by}, {"to", skip.popped_by}});
  }
  const nlohmann::ordered_json data = {{"modules", modules_json(rows)},
                                       {"skips", skips},
                                       {"colours", colours_json(colourings)},
                                       {"source", source_address()}};
  std::string html = "<div class=\"tools\"><label>coloured by <select id=\"colours\">";
  for (const Colouring& colouring : colourings)
    html += "<option>" + escaped(colouring.name) + "</option>";
  html +=
      "</select></label><label>find <input id=\"find\" type=\"search\" placeholder=\"a "
      "path\"></label></div>\n";
  html += "<div id=\"u\"></div>\n";
  html += "<script type=\"application/json\" id=\"network\">" + inside_script(data) + "</script>\n";
  return html + "<script type=\"module\">\n" + script() + "</script>\n";
}

}  // namespace cli
