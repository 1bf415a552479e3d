#include "examples/cli/knob_options.h"

#include <cmath>
#include <cstdlib>

#include "examples/cli/step_set.h"
#include "tensor/error.h"

namespace cli {

namespace {

constexpr const char* digits = "0123456789";

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.size() <= 6 && text.find_first_not_of(digits) == std::string::npos;
}

bool is_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && std::isfinite(static_cast<float>(value));
}

/// A text with a pattern, a sign, and what `accepts` takes behind it.
CLI::Validator pattern_with(char sign, const std::string& expected,
                            bool (*accepts)(const std::string&)) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        const size_t place = sign == ':' ? text.rfind(sign) : text.find(sign);
        const bool has_both = place != std::string::npos && place > 0;
        if (has_both && accepts(text.substr(place + 1))) return "";
        return "expected " + expected + ", got " + tensor::printable(text, 80);
      },
      "");
}

bool is_any(const std::string& text) { return !text.empty(); }

CLI::Validator skip_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const std::string front = "refiner.";
        if (is_whole_number(text.starts_with(front) ? text.substr(front.size()) : text)) return "";
        return "expected the number of a skip (sdxl tree lists them) or refiner.K, got " +
               tensor::printable(text, 60);
      },
      "");
}

}  // namespace

void KnobOptions::add_to(CLI::App& command, Steps with_steps) {
  const char* group = "Knobs inside the network: paths with * and ?";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--mute", mute,
      "Leave these modules out. A block that adds to its input returns the input: ResnetBlock "
      "(conv_shortcut of it), Transformer2D, BasicTransformerBlock, the middle block, a layer of "
      "CLIP. All others return zeros",
      "GLOB");
  add("--scale", scale,
      "Multiply what these modules compute by F: of the blocks above what they add, of all others "
      "the output. 0 mutes, 1 changes nothing",
      "GLOB=F")
      ->check(pattern_with('=', "PATTERN=F with a number F, as in unet.mid_block=0.5", is_number));
  add("--mute-head", mute_head, "Leave one head of these attentions out, counted from 0",
      "GLOB:HEAD")
      ->check(pattern_with(':', "PATTERN:HEAD, as in '*.mid_block.*.attn2:3'", is_whole_number));
  add("--mute-skip", mute_skip,
      "Make this skip connection zero, counted from 0 at conv_in (sdxl tree lists them); "
      "refiner.K is the refiner's",
      "K")
      ->check(skip_number());
  add("--hold", hold,
      "These modules return what a trace holds: in step K its step.K/PATH, or else its PATH",
      "GLOB=FILE")
      ->check(pattern_with('=', "PATTERN=FILE", is_any));
  add("--swap-context", swap_context,
      "Cross-attentions with this path, or below it, attend to another prompt; without guidance's "
      "unconditional rows",
      "GLOB=TEXT")
      ->check(pattern_with('=', "PATTERN=PROMPT, as in 'unet.mid_block=a blue star'", is_any))
      ->check(utf8_text());
  if (with_steps == Steps::no) return;
  add("--knob-steps", steps, "Only in these steps, from 0: 10, 0,5,10, or 5:20 for 5 to 19 (all)",
      "STEPS")
      ->check(step_set());
}

void KnobOptions::check(int schedule_steps, bool has_more_steps) const {
  if (steps.empty()) return;
  if (!any()) {
    throw CLI::ValidationError("--knob-steps needs a knob, such as --mute unet.mid_block");
  }
  expect_steps("--knob-steps", steps, schedule_steps, has_more_steps);
}

bool KnobOptions::any() const {
  return !mute.empty() || !scale.empty() || !mute_head.empty() || !mute_skip.empty() ||
         !hold.empty() || !swap_context.empty();
}

tensor::TextChunks KnobOptions::texts() const {
  tensor::TextChunks texts;
  const auto add = [&](const std::string& key, const std::vector<std::string>& values) {
    for (const std::string& value : values) texts.emplace_back(key, value);
  };
  add("mute", mute);
  add("scale", scale);
  add("mute_head", mute_head);
  add("mute_skip", mute_skip);
  add("hold", hold);
  add("swap_context", swap_context);
  if (!steps.empty()) texts.emplace_back("knob_steps", steps);
  return texts;
}

std::pair<std::string, std::string> pattern_and_value(const std::string& text) {
  const size_t equals = text.find('=');
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace cli
