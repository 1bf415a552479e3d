#include <cstdlib>

#include "examples/web/api/session.h"
#include "nn/observe/path_pattern.h"
#include "sdxl/inspect/knobs/branch_scale.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/knobs/skip_mute.h"
#include "tensor/error.h"

namespace web {

namespace {

std::vector<std::string> texts(const json& options, const char* name) {
  return options.value(name, std::vector<std::string>());
}

/// The skips of both UNets: those of the refiner, which has its own, aren't muted.
std::vector<sdxl::Skip> chosen_skips(const json& options) {
  const std::vector<sdxl::Skip> all = sdxl::skips_of(session().model().unet);
  std::vector<sdxl::Skip> chosen;
  for (const size_t number : options.value("mute_skip", std::vector<size_t>())) {
    if (number >= all.size()) {
      tensor::fail("mute_skip: expected 0 to {}, got {}", all.size() - 1, number);
    }
    chosen.push_back(all[number]);
  }
  return chosen;
}

/// "PATH:HEAD".
sdxl::HeadMute::Head head(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) tensor::fail("mute_head: expected PATH:HEAD, got {}", text);
  const nn::Module& attention = session().module(text.substr(0, colon));
  const int64_t number = std::atoll(text.c_str() + colon + 1), heads = sdxl::heads_of(attention);
  if (number < 0 || number >= heads) {
    tensor::fail("mute_head: {} has {} heads; expected 0 to {}, got {}", attention.path(), heads,
                 heads - 1, number);
  }
  return {attention.path(), number, heads};
}

std::vector<sdxl::BranchScale::Factor> factors(const json& options) {
  std::vector<sdxl::BranchScale::Factor> all;
  std::vector<std::string> patterns, paths;
  for (const std::string& pattern : texts(options, "mute")) all.push_back({pattern, 0.0});
  for (const std::string& text : texts(options, "scale")) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) tensor::fail("scale: expected GLOB=FACTOR, got {}", text);
    all.push_back({text.substr(0, equals), std::atof(text.c_str() + equals + 1)});
  }
  for (const auto& factor : all) patterns.push_back(factor.pattern);
  for (const nn::Module* component : session().components()) {
    const std::vector<std::string> below = nn::all_paths(*component);
    paths.insert(paths.end(), below.begin(), below.end());
  }
  if (!all.empty()) nn::expect_matches("mute", patterns, paths);
  return all;
}

}  // namespace

// In the order of the program's knobs (examples/cli/knobs.cpp): layers that run again on another input
// come before those that scale a result.
Knobs make_knobs(const json& options) {
  Knobs knobs;
  if (!options.is_object()) return knobs;
  const std::vector<sdxl::Skip> skips = chosen_skips(options);
  std::vector<sdxl::HeadMute::Head> heads;
  for (const std::string& text : texts(options, "mute_head")) heads.push_back(head(text));
  const std::vector<sdxl::BranchScale::Factor> scales = factors(options);
  if (!skips.empty()) knobs.push_back(std::make_unique<sdxl::SkipMute>(skips));
  if (!heads.empty()) knobs.push_back(std::make_unique<sdxl::HeadMute>(heads));
  if (!scales.empty()) knobs.push_back(std::make_unique<sdxl::BranchScale>(scales));
  return knobs;
}

}  // namespace web
