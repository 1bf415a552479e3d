#include "examples/cli/schedule_options.h"

#include <nlohmann/json.hpp>

#include "examples/cli/options.h"
#include "sdxl/config_reader.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/error.h"

namespace cli {

namespace {

/// "field=value" as a scheduler_config.json that has this field only.
sdxl::ConfigReader scheduler_field(const std::string& option) {
  const size_t equals = option.find('=');
  const std::string text = option.substr(equals + 1);
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) value = text;
  const nlohmann::json config = {{option.substr(0, equals), value}};
  return sdxl::ConfigReader::parse(config.dump(), "--scheduler-option");
}

/// A field that some scheduler has, and a value that it can take.
CLI::Validator scheduler_option() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const bool has_both =
            text.find('=') != std::string::npos && text.front() != '_' && !text.ends_with("=null");
        if (!has_both) return "expected FIELD=VALUE, got " + tensor::printable(text, 60);
        try {
          sdxl::SchedulerConfig().update(scheduler_field(text));
          return "";
        } catch (const std::runtime_error& error) {
          return std::string(error.what()).substr(std::string("--scheduler-option: ").size());
        }
      },
      "");
}

}  // namespace

void ScheduleOptions::add_schedule_to(CLI::App& command) {
  command.add_option("--steps", steps, "Denoising steps (50)")->type_name("N")->check(at_least(1));
  command.add_option("--scheduler", scheduler, "The solver (the one in the model's folder)")
      ->type_name("NAME")
      ->check(CLI::IsMember(sdxl::scheduler_names()));
  command
      .add_option("--scheduler-option", scheduler_options,
                  "Set a field of scheduler_config.json; may be repeated")
      ->type_name("FIELD=VALUE")
      ->check(scheduler_option());
  command.add_option("--eta", eta, "The share of fresh noise in ddim's steps (0)")
      ->type_name("E")
      ->check(fraction());
}

void ScheduleOptions::apply(sdxl::SchedulerConfig& config) const {
  for (const std::string& option : scheduler_options) config.update(scheduler_field(option));
  const bool is_ddim =
      scheduler.empty() ? config.class_name == "DDIMScheduler" : scheduler == "ddim";
  if (eta > 0.0 && !is_ddim) {
    tensor::fail("--eta is for ddim alone: expected --scheduler ddim, got {}",
                 scheduler.empty() ? config.class_name : scheduler);
  }
  config.eta = eta;
}

}  // namespace cli
