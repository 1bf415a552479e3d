#include "examples/cli/knobs.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "nn/observe/path_pattern.h"
#include "nn/observe/summary.h"
#include "sdxl/inspect/knobs/branch_scale.h"
#include "sdxl/inspect/knobs/context_swap.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/knobs/skip_mute.h"
#include "sdxl/unet/attention.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/error.h"

namespace cli {

using Modules = std::vector<const nn::Module*>;

namespace {

/// All modules with an output, in declaration order.
void list(const nn::Module& module, Modules& all) {
  if (nn::class_name(module) != "ModuleList") all.push_back(&module);
  for (const nn::Module* child : module.children()) list(*child, all);
}

std::vector<std::string> paths_of(const Modules& modules) {
  std::vector<std::string> paths;
  for (const nn::Module* module : modules) paths.push_back(module->path());
  return paths;
}

Modules only(const Modules& modules, bool (*is_chosen)(const nn::Module&)) {
  Modules chosen;
  std::ranges::copy_if(modules, std::back_inserter(chosen),
                       [&](const nn::Module* m) { return is_chosen(*m); });
  return chosen;
}

std::vector<sdxl::HeadMute::Head> heads(const std::string& text, const Modules& all) {
  const size_t colon = text.rfind(':');
  const std::string pattern = text.substr(0, colon);
  const int64_t head = std::atoll(text.c_str() + colon + 1);
  const Modules attentions =
      only(all, [](const nn::Module& module) { return sdxl::heads_of(module) > 0; });
  nn::expect_matches("--mute-head", {pattern}, paths_of(attentions));
  std::vector<sdxl::HeadMute::Head> result;
  for (const nn::Module* attention : attentions) {
    if (!nn::matches(pattern, attention->path())) continue;
    const int64_t count = sdxl::heads_of(*attention);
    if (head >= count) {
      tensor::fail("--mute-head: {} has {} heads; expected 0 to {}, got {}", attention->path(),
                   count, count - 1, head);
    }
    result.push_back({attention->path(), head, count});
  }
  return result;
}

/// "3" is a skip of "unet", "refiner.3" one of "refiner.unet".
sdxl::Skip skip(const std::string& text, const Modules& all) {
  const size_t dot = text.rfind('.');
  const std::string front = dot == std::string::npos ? "" : text.substr(0, dot + 1);
  const auto number = static_cast<size_t>(std::atoll(text.c_str() + front.size()));
  const auto unet = std::ranges::find_if(
      all, [&](const nn::Module* module) { return module->path() == front + "unet"; });
  if (unet == all.end()) {
    tensor::fail("--mute-skip {}: this run has no {}unet, and only a UNet has skips", text, front);
  }
  const std::vector<sdxl::Skip> skips = sdxl::skips_of(**unet);
  if (number >= skips.size()) {
    tensor::fail("--mute-skip: {} has {} skips; expected 0 to {}, got {}", (*unet)->path(),
                 skips.size(), skips.size() - 1, number);
  }
  return skips[number];
}

/// Of a UNet; a ControlNet has the context of the run.
bool is_cross_attention(const nn::Module& module) {
  return dynamic_cast<const sdxl::Attention*>(&module) && module.path().ends_with(".attn2") &&
         !module.path().starts_with("controlnet.");
}

/// The cross-attentions with a path like the pattern, or below one.
std::vector<std::string> swapped(const std::string& pattern, const Modules& all) {
  const std::vector<std::string> paths = paths_of(only(all, is_cross_attention));
  std::vector<std::string> chosen;
  std::ranges::copy_if(paths, std::back_inserter(chosen), [&](const std::string& path) {
    return nn::matches(pattern, path) || nn::matches(pattern + ".*", path);
  });
  if (chosen.empty()) nn::expect_matches("--swap-context", {pattern}, paths);
  return chosen;
}

/// Encodes each prompt once for each UNet that it is for. A later prompt of a layer wins.
void set_contexts(sdxl::ContextSwap& swap, const std::vector<std::string>& texts,
                  const Modules& all, const KnobSubjects& subjects) {
  std::map<std::pair<std::string, std::string>, tensor::Tensor> contexts;  // by UNet and prompt
  for (const std::string& text : texts) {
    const auto [pattern, prompt] = pattern_and_value(text);
    for (const std::string& path : swapped(pattern, all)) {
      const std::string unet = path.substr(0, path.find("unet") + 4);
      tensor::Tensor& context = contexts[{unet, prompt}];
      if (context.empty()) context = subjects.encode(unet, prompt);
      swap.set(path, context);
    }
  }
}

std::vector<std::string> patterns_of(const std::vector<std::string>& texts) {
  std::vector<std::string> patterns;
  for (const std::string& text : texts) patterns.push_back(pattern_and_value(text).first);
  return patterns;
}

std::string first_names(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(names.size(), 3); ++i) {
    text += (i == 0 ? "" : ", ") + tensor::printable(names[i], 80);
  }
  return text;
}

std::unique_ptr<nn::Hold> hold(const std::string& text, const Modules& all) {
  const auto [pattern, file] = pattern_and_value(text);
  const std::vector<std::string> paths = paths_of(all);
  nn::expect_matches("--hold", {pattern}, paths);
  auto knob = std::make_unique<nn::Hold>(pattern, file);
  if (knob->held_among(paths).empty()) {
    tensor::fail("--hold: {} has no output of a module like {}; it has {} ...", file,
                 tensor::printable(pattern, 100),
                 first_names(tensor::io::SafetensorsFile(file).names()));
  }
  return knob;
}

}  // namespace

// The order of construction is the order of replacing: layers that run again on another input come
// before those that scale a result. A prompt is encoded with the knobs of the text encoders.
Knobs::Knobs(const KnobOptions& o, const KnobSubjects& subjects) : steps_text_(o.steps) {
  Modules all;
  for (const nn::Module* component : subjects.components) list(*component, all);
  add_skips(o.mute_skip, all);
  auto swap = std::make_unique<sdxl::ContextSwap>(subjects.images);
  add_heads(o.mute_head, all);
  std::vector<std::string> muted = o.mute;
  for (std::string& pattern : muted) pattern += "=0";
  add_factors("--mute", muted, all);
  add_factors("--scale", o.scale, all);
  if (!o.swap_context.empty()) {
    set_contexts(*swap, o.swap_context, all, subjects);
    parts_.push_back({"--swap-context", patterns_of(o.swap_context), std::move(swap)});
  }
  for (const std::string& text : o.hold) {
    std::unique_ptr<nn::Hold> knob = hold(text, all);
    holds_.push_back(knob.get());
    parts_.push_back({"--hold", patterns_of({text}), std::move(knob)});
  }
  if (!o.steps.empty()) steps_.emplace(o.steps);
  turn(!steps_);
}

void Knobs::add_skips(const std::vector<std::string>& numbers, const Modules& all) {
  if (numbers.empty()) return;
  std::vector<sdxl::Skip> skips;
  std::vector<std::string> resnets;
  for (const std::string& text : numbers) {
    skips.push_back(skip(text, all));
    resnets.push_back(skips.back().popped_by);
  }
  parts_.push_back({"--mute-skip", resnets, std::make_unique<sdxl::SkipMute>(skips)});
}

void Knobs::add_heads(const std::vector<std::string>& texts, const Modules& all) {
  if (texts.empty()) return;
  std::vector<sdxl::HeadMute::Head> muted;
  std::vector<std::string> attentions;
  for (const std::string& text : texts) {
    const auto more = heads(text, all);
    muted.insert(muted.end(), more.begin(), more.end());
    attentions.push_back(text.substr(0, text.rfind(':')));
  }
  parts_.push_back({"--mute-head", attentions, std::make_unique<sdxl::HeadMute>(muted)});
}

void Knobs::add_factors(const std::string& option, const std::vector<std::string>& texts,
                        const Modules& all) {
  if (texts.empty()) return;
  std::vector<sdxl::BranchScale::Factor> factors;
  for (const std::string& text : texts) {
    const auto [pattern, factor] = pattern_and_value(text);
    factors.push_back({pattern, std::atof(factor.c_str())});
  }
  nn::expect_matches(option, patterns_of(texts), paths_of(all));
  parts_.push_back({option, patterns_of(texts), std::make_unique<sdxl::BranchScale>(factors)});
}

void Knobs::turn(bool on) {
  for (const Part& part : parts_) part.knob->turn(on);
}

void Knobs::begin_step() {
  turn(!steps_ || steps_->contains(step_));
  for (nn::Hold* hold : holds_) hold->begin_step(step_);
}

void Knobs::end_step() {
  for (nn::Hold* hold : holds_) hold->end_step();
  turn(!steps_);
  ++step_;
}

sdxl::StepHooks Knobs::around(sdxl::StepHooks hooks) {
  hooks.before = [this, before = hooks.before](int i, int n) {
    begin_step();
    if (before) before(i, n);
  };
  hooks.after = [this, after = hooks.after](int i, int n, const tensor::Tensor& latents) {
    if (after) after(i, n, latents);
    end_step();
  };
  return hooks;
}

void Knobs::expect_met() const {
  for (const Part& part : parts_) {
    for (const std::string& pattern : part.patterns) {
      const bool is_met = std::ranges::any_of(part.knob->met(), [&](const std::string& path) {
        return nn::matches(pattern, path) || nn::matches(pattern + ".*", path);
      });
      if (is_met) continue;
      const std::string steps = steps_ ? " in the steps " + steps_text_ : "";
      tensor::fail("{}: no module like {} ran{}; {} steps were taken, counted from 0", part.option,
                   tensor::printable(pattern, 100), steps, step_);
    }
  }
}

}  // namespace cli
