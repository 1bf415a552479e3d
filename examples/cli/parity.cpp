#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/ip_adapter_options.h"
#include "examples/cli/lora_options.h"
#include "examples/cli/options.h"
#include "examples/cli/parity_page.h"
#include "nn/observe/path_pattern.h"
#include "sdxl/inspect/tree_subject.h"
#include "sdxl/parity/check.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct ParityOptions {
  ModelOptions model;
  LoraOptions lora;
  IpAdapterOptions ip;
  std::string dump;
  std::string component;
  std::string control;
  std::string path;
  std::string html;
  double limit = 1e-5;
};

std::vector<std::string> chosen_components(const sdxl::Dump& dump, const ParityOptions& o) {
  std::vector<std::string> there = dump.components();
  const std::string& chosen = o.component;
  if (chosen.empty() && o.control.empty() && std::erase(there, "controlnet") > 0) {
    std::cerr << "sdxl: note: the dump has a ControlNet, too; --control PATH replays it"
              << std::endl;
  }
  if (there.empty()) {
    tensor::fail("{}: has a ControlNet alone; expected --control PATH", dump.path().string());
  }
  if (chosen.empty()) return there;
  if (std::find(there.begin(), there.end(), chosen) != there.end()) return {chosen};
  std::string names;
  for (const std::string& name : there) names += " " + name;
  tensor::fail("{}: has no inputs and outputs of {}; those of{}", dump.path().string(), chosen,
               names);
}

/// Does the path, or one above it, match the pattern?
bool is_at(const std::string& pattern, const std::string& path) {
  return pattern.empty() || nn::matches(pattern, path) || nn::matches(pattern + ".*", path);
}

nn::Comparison rows_at(const nn::Comparison& all, const std::string& pattern) {
  nn::Comparison result;
  for (const nn::Difference& row : all.rows) {
    if (is_at(pattern, row.path)) result.rows.push_back(row);
  }
  return result;
}

/// Errors: std::runtime_error if no path of the dump is there, with the nearest paths.
void expect_path(const sdxl::Dump& dump, const std::string& pattern) {
  const std::vector<std::string>& paths = dump.output_paths();
  const bool is_there = std::any_of(paths.begin(), paths.end(),
                                    [&](const std::string& path) { return is_at(pattern, path); });
  if (!is_there) nn::expect_matches(dump.path().string() + ": --path", {pattern}, paths);
}

void print(const sdxl::Parity& parity, const ParityOptions& o) {
  for (size_t i = 1; i < parity.findings.size(); ++i) {
    const sdxl::Finding& finding = parity.findings[i];
    std::cout << "also at " << finding.path << ": " << name_of(finding.cause) << ": "
              << finding.text << "\n";
  }
  if (!parity.weights.empty()) {
    std::cout << parity.weights.size() << " weights differ, the first " << parity.weights.front()
              << "\n";
  }
  if (!parity.only_theirs.empty()) {
    std::cout << parity.only_theirs.size() << " paths only in the dump, the first "
              << tensor::printable(parity.only_theirs.front()) << "\n";
  }
  if (!parity.perturbed.empty()) {
    std::cout << parity.perturbed.size()
              << " self-attentions ran perturbed (PAG) in the dump, and so here; the first "
              << parity.perturbed.front() << "\n";
  }
  const nn::Comparison local = rows_at(parity.local_error, o.path);
  if (local.rows.empty()) return;
  std::cout << nn::table(
                   {{"local error", &local}, {"accumulated error", &parity.accumulated_error}},
                   parity.limit)
            << "\n";
}

void parity(const ParityOptions& o) {
  if (!o.html.empty()) tensor::io::check_writable(o.html);
  const sdxl::Dump dump(o.dump);
  expect_path(dump, o.path);
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  std::vector<std::pair<std::string, sdxl::Parity>> results;
  for (const std::string& component : chosen_components(dump, o)) {
    const auto model = sdxl::load_component(*checkpoint, component, o.control);
    sdxl::add_adapters(model->module(), sdxl::part_of(component), o.lora.choices());
    if (component == "unet") model->add_ip_adapters(o.ip.files_and_scales());
    results.emplace_back(component, check_parity(*model, dump, component, o.limit));
  }
  // Components that differ come first, so that the first line names the first divergence.
  std::stable_partition(results.begin(), results.end(),
                        [](const auto& result) { return !result.second.agrees(); });
  // Files first: a reader of stdout, such as head, may end this program.
  if (!o.html.empty()) {
    const bool has_unet = std::any_of(results.begin(), results.end(),
                                      [](const auto& result) { return result.first == "unet"; });
    std::optional<sdxl::TreeSubject> unet;
    if (has_unet) unet = tree_subject(checkpoint->unet_config());
    write_parity_page(o.html, o.dump, dump.versions(), results, unet ? &*unet : nullptr);
  }
  for (const auto& [component, result] : results) {
    std::cout << component << ": " << result.verdict() << "\n";
  }
  std::cout << "\n";
  for (const auto& [component, result] : results) print(result, o);
  if (!results.front().second.agrees()) {
    tensor::fail("{} and this model part in {}", o.dump, results.front().first);
  }
}

}  // namespace

void add_parity(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "parity", "Replay a run of diffusers module by module; exit status 1 where one differs");
  auto options = std::make_shared<ParityOptions>();
  command->add_option("DUMP", options->dump, "A file of examples/parity/dump_diffusers.py")
      ->type_name("")
      ->required();
  options->model.add_to(*command, {"unet", "text-encoder", "text-encoder-2"});
  command->add_option("--component", options->component, "One component (all that the dump has)")
      ->type_name("NAME")
      ->check(CLI::IsMember(sdxl::component_names()));
  command->add_option("--control", options->control, "The ControlNet of the run")
      ->type_name("PATH");
  command->add_option("--path", options->path, "Print only these modules and those below them")
      ->type_name("PATTERN");
  command->add_option("--limit", options->limit, "Largest relative difference (1e-5)")
      ->type_name("L")
      ->check(finite_number());
  command
      ->add_option("--html", options->html,
                   "A page: the U to scale and the tree, coloured by error")
      ->type_name("FILE");
  options->lora.add_to(*command);
  options->ip.add_files_to(*command);
  add_compute(*command);
  command->footer(
      "Local error: each module on the reference's own values. Accumulated error: each module in "
      "a\n"
      "run of the whole component.\n"
      "Example: sdxl parity dump.safetensors --model MODEL --html parity.html");
  command->callback([options] {
    if (options->component == "controlnet" && options->control.empty()) {
      throw CLI::ValidationError("--component controlnet needs --control PATH");
    }
    options->model.strict = true;  // what is compared must be the same model
    parity(*options);
  });
}

}  // namespace cli
