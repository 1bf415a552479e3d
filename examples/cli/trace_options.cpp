#include "examples/cli/trace_options.h"

#include <algorithm>

#include "examples/cli/step_set.h"
#include "tensor/error.h"

namespace cli {

void TraceOptions::add_to(CLI::App& command) {
  const char* group = "Trace";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--trace", file, "A file for every module's output in one step of the UNet, or in several",
      "FILE");
  add("--trace-step", steps,
      "Which steps, from 0: 10, 0,5,10, 5:20 for 5 to 19, or all (0). With several, the names in "
      "the file begin with step.K/",
      "STEPS")
      ->check(step_set());
  add("--trace-components", components,
      "Of which components: text_encoder, text_encoder_2, image_encoder (of an IP-Adapter), "
      "controlnet, unet, vae, or all (unet)",
      "NAME")
      ->check(CLI::IsMember(
          {"text_encoder", "text_encoder_2", "image_encoder", "controlnet", "unet", "vae", "all"}));
  add("--trace-paths", paths,
      "Only the modules whose path matches one of these; * stands for any characters: '*.attn2' "
      "(all)",
      "GLOB");
  command
      .add_flag("--trace-inputs", inputs,
                "The modules' inputs too, as inputs/PATH/NAME: a file for sdxl trace --inputs")
      ->group(group);
}

bool TraceOptions::has_component_of(const std::string& path) const {
  const std::string front = "refiner.";
  const std::string own = path.starts_with(front) ? path.substr(front.size()) : path;
  const std::string component = own.substr(0, own.find('.'));
  return std::ranges::any_of(
      components, [&](const std::string& name) { return name == "all" || name == component; });
}

void TraceOptions::check(const CLI::App& command, int schedule_steps, bool has_more_steps) const {
  for (const std::string option :
       {"--trace-step", "--trace-components", "--trace-paths", "--trace-inputs"}) {
    const CLI::Option* given = command.get_option_no_throw(option);
    if (file.empty() && given && given->count() > 0) {
      throw CLI::ValidationError(option + " needs --trace FILE");
    }
  }
  if (!file.empty()) expect_steps("--trace-step", steps, schedule_steps, has_more_steps);
}

}  // namespace cli
