#include "examples/cli/tree_page.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "examples/cli/html.h"
#include "sdxl/json_text.h"

namespace cli {

namespace {

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>)";

constexpr const char* tree_style = R"(</title><style>
body { font: 14px/1.6 monospace; margin: 2em; color: #222 }
details, .leaf { margin-left: 1.5em }
.leaf { padding-left: 1em }
.kind { color: #06c }
.numbers { color: #777 }
.bar { display: inline-block; height: .7em; background: #fa0 }
</style></head><body>
)";

/// A path without its parent's.
std::string name_below(const nn::ModuleSummary& row, const std::string& parent) {
  return parent.empty() ? row.path : row.path.substr(parent.size() + 1);
}

double percent(int64_t part, int64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string line(const nn::ModuleSummary& row, const nn::ModuleSummary& whole,
                 const std::string& name) {
  const double share = percent(row.multiply_adds, whole.multiply_adds);
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << "<b>" << escaped(name) << "</b> <span class=kind>"
       << row.kind << "</span> " << (row.output.rank() > 0 ? row.output.str() : "")
       << " <span class=numbers>" << row.parameters << " parameters ("
       << percent(row.parameters, whole.parameters) << "%), "
       << static_cast<double>(row.bytes) / 1e6 << " MB, "
       << static_cast<double>(row.multiply_adds) / 1e6 << " M multiply-adds (" << share
       << "%)</span> <span class=bar style=\"width:" << share << "px\"></span>";
  return text.str();
}

}  // namespace

std::string tree_json(const std::vector<nn::ModuleSummary>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const nn::ModuleSummary& row : rows) {
    list.push_back({{"path", row.path},
                    {"kind", row.kind},
                    {"output", row.output.rank() > 0
                                   ? std::vector<int64_t>(row.output.begin(), row.output.end())
                                   : std::vector<int64_t>()},
                    {"parameters", row.parameters},
                    {"bytes", row.bytes},
                    {"multiply_adds", row.multiply_adds}});
  }
  return sdxl::json_text(list, 1) + "\n";
}

std::string tree_page(const std::vector<nn::ModuleSummary>& rows, const std::string& name,
                      const std::string& subject, int open_depth) {
  std::string page = head + escaped(name) + tree_style + "<p>" + escaped(subject) + "</p>\n";
  std::vector<std::string> open_paths;  // from the model down to the row's parent
  for (size_t i = 0; i < rows.size(); ++i) {
    const nn::ModuleSummary& row = rows[i];
    for (; static_cast<int>(open_paths.size()) > row.depth; open_paths.pop_back()) {
      page += "</details>\n";
    }
    const bool has_parts = i + 1 < rows.size() && rows[i + 1].depth > row.depth;
    const std::string text =
        line(row, rows.front(), row.depth == 0 ? name : name_below(row, open_paths.back()));
    if (has_parts) {
      page += row.depth < open_depth ? "<details open>" : "<details>";
      page += "<summary>" + text + "</summary>\n";
      open_paths.push_back(row.path);
    } else {
      page += "<div class=leaf>" + text + "</div>\n";
    }
  }
  for (size_t i = 0; i < open_paths.size(); ++i) page += "</details>\n";
  return page + "</body></html>\n";
}

}  // namespace cli
