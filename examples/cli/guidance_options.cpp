#include "examples/cli/guidance_options.h"

#include <cmath>
#include <cstdlib>

#include "examples/cli/options.h"
#include "tensor/error.h"

namespace cli {

namespace {

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nan("") : value;
}

/// A finite number from `least` on, or above it.
CLI::Validator number_from(double least, bool is_included) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        const double value = number(text);
        const bool holds = is_included ? value >= least : value > least;
        if (holds && std::isfinite(static_cast<float>(value))) return "";
        return tensor::format("expected a number {} {}, got {}", is_included ? "from" : "above",
                              least, tensor::printable(text, 60));
      },
      "");
}

CLI::Validator not_negative() { return number_from(0.0, true); }
CLI::Validator positive() { return number_from(0.0, false); }

}  // namespace

void GuidanceOptions::add_to(CLI::App& command) {
  const char* group = "Guidance by changed layers";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group(group);
  };
  sdxl::PerturbedAttentionOptions& pag = changes.pag;
  add("--pag-scale", pag.scale,
      "Lead away from what the UNet draws without self-attention in the layers of --pag-layers; 3 "
      "is usual (0: off)",
      "F")
      ->check(not_negative());
  add("--pag-adaptive-scale", pag.adaptive_scale,
      "Less of it the later the step: the scale minus F for each timestep below 1000 (0)", "F")
      ->check(not_negative());
  add("--pag-layers", pag.layers, "These self-attentions: parts of their paths, with * and ? (mid)",
      "GLOB");
  sdxl::AdaptiveProjectionOptions& apg = changes.apg;
  add("--apg-eta", apg.eta,
      "How much is kept of what guidance adds along the prediction; 0 avoids saturation (1: all)",
      "F")
      ->check(finite_number());
  add("--apg-norm-threshold", apg.norm_threshold,
      "The largest norm of what guidance adds, before its scale; 15 is usual (0: any)", "F")
      ->check(not_negative());
  add("--apg-momentum", apg.momentum,
      "Add this share of what guidance added in the steps before; -0.5 is usual (0)", "F")
      ->check(finite_number());
  sdxl::FreeUFactors& freeu = changes.freeu;
  add("--freeu-s1", freeu.s1,
      "FreeU: the factor of the skips' lowest frequencies, coarsest level; SDXL's authors 0.9 (1)",
      "F")
      ->check(positive());
  add("--freeu-s2", freeu.s2, "The same on the next level; 0.2 for SDXL (1)", "F")
      ->check(positive());
  add("--freeu-b1", freeu.b1,
      "FreeU: the factor of half of the backbone's channels, coarsest level; 1.3 for SDXL (1)", "F")
      ->check(positive());
  add("--freeu-b2", freeu.b2, "The same on the next level; 1.4 for SDXL (1)", "F")
      ->check(positive());
  add("--deep-cache", changes.deep_cache.interval,
      "Run the deep layers in every N-th step only, and keep their features between (1)", "N")
      ->check(at_least(1));
  add("--deep-cache-branch", changes.deep_cache.branch,
      "The skip connection at which the U is cut (sdxl tree lists them): the higher, the more "
      "runs in each step (0)",
      "K")
      ->check(at_least(0));
}

void GuidanceOptions::check(const CLI::App& command) const {
  const auto given = [&](const char* name) { return command.count(name) > 0; };
  const auto expect = [](bool holds, const char* message) {
    if (!holds) throw CLI::ValidationError(message);
  };
  expect(given("--pag-scale") || !(given("--pag-adaptive-scale") || given("--pag-layers")),
         "--pag-adaptive-scale and --pag-layers need --pag-scale F");
  expect(given("--deep-cache") || !given("--deep-cache-branch"),
         "--deep-cache-branch needs --deep-cache N");
  expect(!changes.freeu.is_on() || !given("--mute-skip"),
         "FreeU and --mute-skip both change the inputs of the same resnets; expected one of them");
  expect(!changes.pag.is_on() || !given("--guess-mode"),
         "--pag-scale needs a third part of the batch, --guess-mode has two; expected one of them");
}

tensor::TextChunks GuidanceOptions::texts() const {
  tensor::TextChunks texts;
  const auto add = [&](const std::string& key, double value) {
    texts.emplace_back(key, tensor::format("{}", value));
  };
  const auto& [pag, apg, freeu, deep_cache] = changes;
  if (pag.is_on()) {
    add("pag_scale", pag.scale);
    add("pag_adaptive_scale", pag.adaptive_scale);
    for (const std::string& layer : pag.layers) texts.emplace_back("pag_applied_layers", layer);
  }
  if (apg.is_on()) {
    add("adaptive_projected_guidance_eta", apg.eta);
    add("adaptive_projected_guidance_rescale", apg.norm_threshold);
    add("adaptive_projected_guidance_momentum", apg.momentum);
  }
  if (freeu.is_on()) {
    texts.emplace_back("freeu", tensor::format("s1 {}, s2 {}, b1 {}, b2 {}", freeu.s1, freeu.s2,
                                               freeu.b1, freeu.b2));
  }
  if (deep_cache.is_on()) {
    add("cache_interval", deep_cache.interval);
    add("cache_branch_id", deep_cache.branch);
  }
  return texts;
}

}  // namespace cli
