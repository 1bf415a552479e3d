#include "examples/cli/parity_page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "examples/cli/html.h"
#include "examples/cli/network_html.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

/// Green below the limit; from there through yellow to red a thousand times beyond it.
std::string colour(const nn::Difference& row, double limit) {
  if (!row.problem.empty()) return "hsl(0, 80%, 70%)";
  if (row.relative <= limit) return "hsl(130, 45%, 85%)";
  const double decades = std::min(3.0, std::log10(row.relative / limit));
  return tensor::format("hsl({}, 85%, 72%)", std::lround(55.0 - 55.0 * decades / 3.0));
}

std::string cell(const nn::Difference* row, double limit) {
  if (!row) return R"(<span class="number"></span>)";
  const std::string text =
      row->problem.empty() ? tensor::format("{}", static_cast<float>(row->relative)) : "!";
  return tensor::format(R"(<span class="number" style="background: {}" title="{}">{}</span>)",
                        colour(*row, limit), escaped(row->problem), text);
}

/// A module on the page: its row of the comparison, and its children by name.
struct Node {
  const nn::Difference* local = nullptr;
  std::vector<std::string> order;
  std::map<std::string, Node> children;
  bool has_beyond = false;
};

Node tree_of(const nn::Comparison& local, double limit) {
  Node root;
  for (const nn::Difference& row : local.rows) {
    std::vector<Node*> way = {&root};
    for (size_t begin = 0; begin <= row.path.size();) {
      const size_t end = std::min(row.path.find('.', begin), row.path.size());
      const std::string name = row.path.substr(begin, end - begin);
      Node& parent = *way.back();
      if (!parent.children.contains(name)) parent.order.push_back(name);
      way.push_back(&parent.children[name]);
      begin = end + 1;
    }
    way.back()->local = &row;
    if (!row.is_beyond(limit)) continue;
    for (Node* node : way) node->has_beyond = true;
  }
  return root;
}

std::string html_of(const Node& node, const nn::Comparison& accumulated, double limit) {
  std::string text;
  for (const std::string& name : node.order) {
    const Node& child = node.children.at(name);
    const nn::Difference* whole = child.local ? accumulated.find(child.local->path) : nullptr;
    const std::string row =
        cell(child.local, limit) + cell(whole, limit) + "<code>" + escaped(name) + "</code>";
    const std::string path =
        child.local ? " data-path=\"" + escaped(child.local->path) + "\"" : std::string();
    if (child.order.empty()) {
      text += "<div class=\"row leaf\"" + path + ">" + row + "</div>\n";
      continue;
    }
    text +=
        tensor::format("<details{}{}><summary class=\"row\">{}</summary>\n{}</details>\n", path,
                       child.has_beyond ? " open" : "", row, html_of(child, accumulated, limit));
  }
  return text;
}

Colouring colouring(const std::string& name, const nn::Comparison& all, double limit) {
  Colouring result{name, {}};
  for (const nn::Difference& row : all.rows) {
    const std::string text = row.problem.empty()
                                 ? tensor::format("{} {}", name, static_cast<float>(row.relative))
                                 : row.problem;
    result.marks[row.path] = {colour(row, limit), text};
  }
  return result;
}

/// The U, coloured by error. Its shapes are those of one image of the model's own size.
std::string network(const sdxl::TreeSubject& unet, const sdxl::Parity& parity) {
  const auto rows =
      nn::summarize(*unet.model, tensor::DType::f16, [&] { unet.forward(unet.own_size); });
  return network_html(*unet.model, rows,
                      {colouring("local error", parity.local_error, parity.limit),
                       colouring("accumulated error", parity.accumulated_error, parity.limit)});
}

std::string section(const std::string& component, const sdxl::Parity& parity,
                    const sdxl::TreeSubject* unet) {
  std::string text =
      tensor::format("<h2>{}</h2>\n<p class=\"{}\">{}</p>\n", component,
                     parity.agrees() ? "agrees" : "parts", escaped(parity.verdict()));
  for (size_t i = 1; i < parity.findings.size(); ++i) {
    const sdxl::Finding& finding = parity.findings[i];
    text += tensor::format("<p class=\"parts\">also at {}: {}: {}</p>\n", escaped(finding.path),
                           name_of(finding.cause), escaped(finding.text));
  }
  if (component == "unet" && unet) text += network(*unet, parity);
  return text +
         html_of(tree_of(parity.local_error, parity.limit), parity.accumulated_error, parity.limit);
}

}  // namespace

void write_parity_page(const std::filesystem::path& file, const std::string& dump,
                       const std::string& versions,
                       const std::vector<std::pair<std::string, sdxl::Parity>>& results,
                       const sdxl::TreeSubject* unet) {
  std::string page = page_head("Parity with diffusers");
  page += tensor::format(
      "<h1>Parity with diffusers</h1>\n<p class=\"note\">{}, {}.<br>\nTwo relative errors of each "
      "module: the local error, on the reference's own values (left), and the accumulated error, "
      "in "
      "a run of the whole component (right).</p>\n",
      escaped(std::filesystem::path(dump).filename().string()), escaped(versions));
  for (const auto& [component, parity] : results) page += section(component, parity, unet);
  page += "</body></html>\n";
  const std::span<const char> bytes(page);
  tensor::io::write_file(file, {&bytes, 1});
}

}  // namespace cli
