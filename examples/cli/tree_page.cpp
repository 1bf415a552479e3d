#include "examples/cli/tree_page.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "examples/cli/html.h"
#include "examples/cli/network_html.h"
#include "tensor/error.h"

namespace cli {

namespace {

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

/// The share of a module's costs as a strength of the colour of time: the largest block has all of it.
Colouring colouring(const std::string& name, const std::string& unit,
                    const std::vector<nn::ModuleSummary>& rows, int64_t nn::ModuleSummary::*cost) {
  Colouring result{name, {}};
  int64_t largest = 1;
  for (const nn::ModuleSummary& row : rows) {
    const bool is_block = row.depth >= 3 && row.output.rank() == 4;  // not a whole level of the U
    if (is_block) largest = std::max(largest, row.*cost);
  }
  for (const nn::ModuleSummary& row : rows) {
    const double share = 100.0 * static_cast<double>(row.*cost) / static_cast<double>(largest);
    result.marks[row.path] = {tensor::format("color-mix(in srgb, var(--time) {}%, var(--soft))",
                                             std::min<int64_t>(100, std::llround(share))),
                              tensor::format("{} {}", row.*cost, unit)};
  }
  return result;
}

Colouring by_multiply_adds(const std::vector<nn::ModuleSummary>& rows) {
  return colouring("multiply-adds", "multiply-adds", rows, &nn::ModuleSummary::multiply_adds);
}
Colouring by_parameters(const std::vector<nn::ModuleSummary>& rows) {
  return colouring("parameters", "parameters", rows, &nn::ModuleSummary::parameters);
}

}  // namespace

std::string tree_page(const std::vector<nn::ModuleSummary>& rows, const TreeTitle& title,
                      const nn::Module& model, int open_depth) {
  std::string page = page_head(title.name) + "<h1>" + escaped(title.name) +
                     "</h1>\n<p class=note>" + escaped(title.subject) + "</p>\n" +
                     network_html(model, rows, {by_multiply_adds(rows), by_parameters(rows)});
  std::vector<std::string> open_paths;  // from the model down to the row's parent
  for (size_t i = 0; i < rows.size(); ++i) {
    const nn::ModuleSummary& row = rows[i];
    for (; static_cast<int>(open_paths.size()) > row.depth; open_paths.pop_back()) {
      page += "</details>\n";
    }
    const bool has_parts = i + 1 < rows.size() && rows[i + 1].depth > row.depth;
    const std::string text =
        line(row, rows.front(), row.depth == 0 ? title.name : name_below(row, open_paths.back()));
    const std::string path = " data-path=\"" + escaped(row.path) + "\"";
    if (has_parts) {
      page += "<details" + path + (row.depth < open_depth ? " open>" : ">");
      page += "<summary class=row>" + text + "</summary>\n";
      open_paths.push_back(row.path);
    } else {
      page += "<div class=\"row leaf\"" + path + ">" + text + "</div>\n";
    }
  }
  for (size_t i = 0; i < open_paths.size(); ++i) page += "</details>\n";
  return page + "</body></html>\n";
}

}  // namespace cli
