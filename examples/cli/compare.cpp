#include "nn/observe/compare.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "tensor/error.h"
#include "tensor/io/safetensors.h"

namespace cli {

namespace {

using Entries = std::vector<nn::Recorder::Entry>;

struct CompareOptions {
  std::string ours;
  std::string theirs;
  double limit = 1e-5;
};

/// "unet" of "unet.conv_in" and of "unet"; "" of a path that begins with no component.
std::string component_of(const std::string& path) {
  for (const char* name : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
    if (path == name || path.starts_with(std::string(name) + ".")) return name;
  }
  return "";
}

/// The one component of a trace of `sdxl trace`; "" for a file of bare paths.
std::string component_of(const Entries& entries) {
  const auto found = std::ranges::find_if(
      entries, [](const auto& entry) { return !component_of(entry.path).empty(); });
  return found == entries.end() ? "" : component_of(found->path);
}

Entries read(const std::string& path) {
  const tensor::io::SafetensorsFile file(path);
  Entries entries;
  for (const std::string& name : file.names()) entries.push_back({name, file.tensor(name)});
  return entries;
}

/// Gives bare paths (conv_in), which hooks on one module of diffusers and older versions of this
/// program write, the component of the other file (unet.conv_in). Results (sample) keep their name.
void add_component(Entries& bare, const Entries& other) {
  const std::string component = component_of(other);
  if (component.empty() || !component_of(bare).empty()) return;
  std::set<std::string> theirs;
  for (const nn::Recorder::Entry& entry : other) theirs.insert(entry.path);
  for (nn::Recorder::Entry& entry : bare) {
    // Some versions of transformers have no "text_model" in the first encoder.
    for (const char* inner : {".", ".text_model."}) {
      const std::string path = component + inner + entry.path;
      if (theirs.contains(path)) entry.path = path;
    }
  }
}

std::map<std::string, size_t> places(const Entries& entries) {
  std::map<std::string, size_t> result;
  for (size_t i = 0; i < entries.size(); ++i) {
    result.emplace(entries[i].path, i);
  }
  return result;
}

/// Removes the entries that the other side lacks and returns their paths.
std::vector<std::string> take_out_missing(Entries& entries, const Entries& other) {
  const std::map<std::string, size_t> there = places(other);
  std::vector<std::string> paths;
  for (const nn::Recorder::Entry& entry : entries) {
    if (!there.contains(entry.path)) paths.push_back(entry.path);
  }
  std::erase_if(entries, [&](const auto& entry) { return !there.contains(entry.path); });
  return paths;
}

void report(const std::vector<std::string>& paths, const std::string& file) {
  if (paths.empty()) return;
  std::cout << paths.size() << " only in " << file << ":";
  for (size_t i = 0; i < std::min<size_t>(paths.size(), 5); ++i) {
    std::cout << " " << tensor::printable(paths[i]);
  }
  std::cout << (paths.size() > 5 ? " ...\n" : "\n");
}

void compare(const CompareOptions& o) {
  Entries ours = read(o.ours);
  Entries theirs = read(o.theirs);
  add_component(ours, theirs);
  add_component(theirs, ours);
  const std::vector<std::string> only_ours = take_out_missing(ours, theirs);
  const std::vector<std::string> only_theirs = take_out_missing(theirs, ours);
  if (ours.empty()) {
    tensor::fail("{} and {} have no path in common: nothing to compare", o.ours, o.theirs);
  }
  // Our file has the order in which the modules ended; other programs sort by name.
  const std::map<std::string, size_t> order = places(ours);
  std::sort(theirs.begin(), theirs.end(),
            [&](const auto& a, const auto& b) { return order.at(a.path) < order.at(b.path); });
  const nn::Comparison comparison = nn::compare(ours, theirs);
  std::cout << nn::table({{"", &comparison}}, o.limit);
  report(only_ours, o.ours);
  report(only_theirs, o.theirs);
  const std::string verdict = comparison.verdict(o.limit);
  if (!verdict.empty()) tensor::fail("{}", verdict);
  std::cout << "all " << ours.size() << " paths agree within " << o.limit << "\n";
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "compare", "Compare two traces path by path; exit status 1 when one is beyond the limit");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("OURS", options->ours, "A trace of this program: rows have its order")
      ->type_name("")
      ->required();
  command->add_option("THEIRS", options->theirs, "The reference")->type_name("")->required();
  command->add_option("--limit", options->limit, "Largest relative difference (1e-5)")
      ->type_name("L")
      ->check(finite_number());
  command->footer("Example: sdxl compare ours.safetensors theirs.safetensors --limit 1e-5");
  command->callback([options] { compare(*options); });
}

}  // namespace cli
