#include "examples/cli/ablation.h"

#include <algorithm>

#include "nn/observe/path_pattern.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/skips.h"
#include "sdxl/unet/attention.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/unet/transformer_2d.h"
#include "tensor/error.h"

namespace cli {

namespace {

using Modules = std::vector<const nn::Module*>;

void list(const nn::Module& module, bool (*is_chosen)(const nn::Module&), Modules& chosen) {
  if (is_chosen(module)) chosen.push_back(&module);
  for (const nn::Module* child : module.children()) list(*child, is_chosen, chosen);
}

/// The modules of a kind that match the patterns.
Modules modules_of(const nn::Module& unet, const std::vector<std::string>& patterns,
                   bool (*is_chosen)(const nn::Module&)) {
  Modules modules;
  list(unet, is_chosen, modules);
  std::vector<std::string> paths;
  for (const nn::Module* module : modules) paths.push_back(module->path());
  nn::expect_matches("--paths", patterns, paths);
  const nn::Recorder::Filter is_like = nn::paths_like(patterns);
  std::erase_if(modules, [&](const nn::Module* module) { return !is_like(module->path()); });
  return modules;
}

/// The place of a name in a list, at the end if it is new.
size_t place_of(const std::string& name, std::vector<std::string>& names) {
  const auto found = std::ranges::find(names, name);
  const auto place = static_cast<size_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return place;
}

std::string below(const std::string& path, const nn::Module& unet) {
  return path.substr(unet.path().size() + 1);
}

/// "down_blocks.0" and "resnets.1" of "down_blocks.0.resnets.1".
std::pair<std::string, std::string> level_and_name(const std::string& path) {
  const size_t dot = path.rfind('.', path.rfind('.') - 1);
  return {path.substr(0, dot), path.substr(dot + 1)};
}

std::vector<std::string> joined(const std::string& option, const std::vector<std::string>& values) {
  std::vector<std::string> arguments;
  for (const std::string& value : values) arguments.insert(arguments.end(), {option, value});
  return arguments;
}

bool is_block(const nn::Module& module) {
  return dynamic_cast<const sdxl::ResnetBlock*>(&module) ||
         dynamic_cast<const sdxl::Transformer2D*>(&module);
}

bool is_attention(const nn::Module& module) {
  return dynamic_cast<const sdxl::Attention*>(&module) != nullptr;
}

/// Columns in the order of a level's forward: resnets.0, attentions.0, resnets.1 ...
std::vector<std::string> block_columns(const Modules& blocks) {
  std::vector<std::string> columns = {"all"};
  for (int i = 0;; ++i) {
    const size_t before = columns.size();
    for (const std::string kind : {"resnets.", "attentions."}) {
      const std::string name = kind + std::to_string(i);
      const bool is_there = std::ranges::any_of(
          blocks, [&](const nn::Module* block) { return block->path().ends_with("." + name); });
      if (is_there) columns.push_back(name);
    }
    if (columns.size() == before) return columns;
  }
}

/// Patterns for all blocks of a level, such as unet.up_blocks.0.resnets.?. A middle block consists
/// of blocks only.
std::vector<std::string> whole_level(const std::vector<std::string>& blocks) {
  const size_t middle = blocks.front().find("mid_block.");
  if (middle != std::string::npos) return {blocks.front().substr(0, middle) + "mid_block"};
  std::vector<std::string> patterns;
  for (const std::string& path : blocks) {
    place_of(path.substr(0, path.rfind('.') + 1) + "?", patterns);
  }
  return patterns;
}

Ablation of_blocks(const nn::Module& unet, const std::vector<std::string>& patterns) {
  const Modules blocks = modules_of(unet, patterns, is_block);
  Ablation result{.rows = {}, .columns = block_columns(blocks), .cases = {}};
  std::vector<std::vector<std::string>> of_row;
  for (const nn::Module* block : blocks) {
    const auto [level, name] = level_and_name(below(block->path(), unet));
    const size_t row = place_of(level, result.rows);
    of_row.resize(result.rows.size());
    of_row[row].push_back(block->path());
    result.cases.push_back({row, place_of(name, result.columns), {"--mute", block->path()}, ""});
  }
  for (size_t row = 0; row < of_row.size(); ++row) {
    if (of_row[row].size() < 2) continue;
    const std::vector<std::string> muted =
        patterns.empty() ? whole_level(of_row[row]) : of_row[row];
    result.cases.push_back({row, 0, joined("--mute", muted), ""});
  }
  return result;
}

/// An attention's path in words that can be broken into lines: "up_blocks.0 attentions.1 block 0
/// attn2".
std::string words_of(std::string path) {
  const auto replace = [&path](const std::string& old, const std::string& text) {
    const size_t place = path.find(old);
    if (place != std::string::npos) path.replace(place, old.size(), text);
  };
  replace(".transformer_blocks.", " block ");
  replace(".attentions", " attentions");
  replace(".attn", " attn");
  return path;
}

Ablation of_heads(const nn::Module& unet, const std::vector<std::string>& patterns) {
  Ablation result{.rows = {}, .columns = {"all"}, .cases = {}};
  for (const nn::Module* attention : modules_of(unet, patterns, is_attention)) {
    const std::string& path = attention->path();
    const size_t row = place_of(words_of(below(path, unet)), result.rows);
    result.cases.push_back({row, 0, {"--mute", path + ".to_v"}, ""});
    for (int64_t head = 0; head < sdxl::heads_of(*attention); ++head) {
      const size_t column = place_of(tensor::format("head {}", head), result.columns);
      result.cases.push_back(
          {row, column, {"--mute-head", tensor::format("{}:{}", path, head)}, ""});
    }
  }
  return result;
}

Ablation of_skips(const nn::Module& unet) {
  Ablation result{.rows = {}, .columns = {"all"}, .cases = {}};
  std::vector<std::vector<std::string>> of_row;
  const std::vector<sdxl::Skip> skips = sdxl::skips_of(unet);
  for (size_t i = skips.size(); i-- > 0;) {
    const auto [level, name] = level_and_name(below(skips[i].popped_by, unet));
    const size_t row = place_of(level, result.rows);
    of_row.resize(result.rows.size());
    of_row[row].push_back(std::to_string(i));
    result.cases.push_back({row,
                            place_of(name, result.columns),
                            {"--mute-skip", std::to_string(i)},
                            tensor::format("skip {}: ", i)});
  }
  for (size_t row = 0; row < of_row.size(); ++row) {
    result.cases.push_back({row, 0, joined("--mute-skip", of_row[row]), ""});
  }
  return result;
}

Ablation of_steps(const nn::Module& unet, const std::vector<std::string>& patterns, int steps,
                  int ranges) {
  modules_of(unet, patterns, [](const nn::Module&) { return true; });  // checks the patterns
  const std::vector<std::string> muted =
      joined("--mute", patterns.empty() ? std::vector<std::string>{"*.attn2"} : patterns);
  Ablation result{.rows = {""}, .columns = {"all steps"}, .cases = {{0, 0, muted, ""}}};
  const int count = std::min(ranges, steps);
  for (int i = 0; i < count; ++i) {
    const std::string range = tensor::format("{}:{}", i * steps / count, (i + 1) * steps / count);
    std::vector<std::string> arguments = muted;
    arguments.insert(arguments.end(), {"--knob-steps", range});
    const size_t column = place_of("steps " + range, result.columns);
    result.cases.push_back({0, column, arguments, ""});
  }
  return result;
}

}  // namespace

Ablation ablation(AblationKind kind, const nn::Module& unet,
                  const std::vector<std::string>& patterns, int steps, int ranges) {
  switch (kind) {
    case AblationKind::blocks:
      return of_blocks(unet, patterns);
    case AblationKind::heads:
      return of_heads(unet, patterns);
    case AblationKind::skips:
      return of_skips(unet);
    case AblationKind::steps:
      return of_steps(unet, patterns, steps, ranges);
  }
  return {};
}

}  // namespace cli
