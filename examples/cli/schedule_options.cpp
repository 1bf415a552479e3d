#include "examples/cli/schedule_options.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "examples/cli/options.h"
#include "sdxl/config_reader.h"
#include "sdxl/json_text.h"
#include "sdxl/scheduler/align_your_steps.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/error.h"

namespace cli {

namespace {

/// "field=value" as a scheduler_config.json that has this field only.
sdxl::ConfigReader scheduler_field(const std::string& option) {
  const size_t equals = option.find('=');
  const std::string text = option.substr(equals + 1);
  nlohmann::json value = sdxl::parse_json(text);
  if (value.is_discarded()) value = text;
  const nlohmann::json config = {{option.substr(0, equals), value}};
  return sdxl::ConfigReader::parse(sdxl::json_text(config), "--scheduler-option");
}

/// A field that some scheduler has, and a value that it can take.
CLI::Validator scheduler_option() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const bool has_both =
            text.find('=') != std::string::npos && text.front() != '_' && !text.ends_with("=null");
        if (!has_both) return "expected FIELD=VALUE, got " + tensor::printable(text, 60);
        try {
          sdxl::SchedulerConfig config;
          config.update(scheduler_field(text));
          if (config.unknown_fields.empty()) return "";
          return config.unknown_fields.front() + ": no scheduler has such a field";
        } catch (const std::runtime_error& error) {
          return std::string(error.what()).substr(std::string("--scheduler-option: ").size());
        }
      },
      "");
}

/// Numbers with commas between; std::nullopt for anything else.
std::optional<std::vector<double>> parse_numbers(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : between_commas(text)) {
    char* end = nullptr;
    numbers.push_back(std::strtod(part.c_str(), &end));
    const bool is_number = !part.empty() && *end == '\0' && std::isfinite(numbers.back());
    if (!is_number) return std::nullopt;
  }
  return numbers;
}

std::string with_commas(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) {
    text += (text.empty() ? "" : ",") + tensor::format("{}", number);
  }
  return text;
}

/// Numbers with commas between, or the name of a schedule, which becomes its numbers.
CLI::Validator numbers_or_name(std::vector<double> sdxl::AlignedSteps::*list) {
  return CLI::Validator(
      [list](std::string& text) -> std::string {
        std::string names;
        for (const sdxl::AlignedSteps& steps : sdxl::aligned_steps()) {
          if (text == steps.name) text = with_commas(steps.*list);
          names += (names.empty() ? "" : " or ") + steps.name;
        }
        if (parse_numbers(text)) return "";
        return "expected numbers with commas between, such as 999,500,20, or " + names + ", got " +
               tensor::printable(text, 60);
      },
      "");
}

/// The class that samples a model: of the option, else of the model's config.
bool is_of(const sdxl::SchedulerConfig& config, const std::string& scheduler,
           const std::string& name, const std::string& class_name) {
  return scheduler.empty() ? config.class_name == class_name : scheduler == name;
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
  command.add_option("--eta", eta, "The share of fresh noise in the steps of ddim and tcd (0)")
      ->type_name("E")
      ->check(fraction());
  CLI::Option* list =
      command
          .add_option("--timesteps", given_timesteps,
                      "The timesteps themselves, falling, such as 999,500,20; or ays, ten steps "
                      "optimised for SDXL; or ays-sd15")
          ->type_name("LIST")
          ->transform(numbers_or_name(&sdxl::AlignedSteps::timesteps));
  command
      .add_option(
          "--sigmas", given_sigmas,
          "The noise levels themselves, noise / signal, falling, the last one where the run "
          "ends: 14.6,2.2,0.3,0; or ays; or ays-sd15")
      ->type_name("LIST")
      ->transform(numbers_or_name(&sdxl::AlignedSteps::sigmas))
      ->excludes(list);
}

void ScheduleOptions::check_schedule(const CLI::App& command) {
  const bool has_timesteps = !given_timesteps.empty();
  if (!has_timesteps && given_sigmas.empty()) return;
  const auto count = static_cast<int>(has_timesteps ? timesteps().size() : sigmas().size() - 1);
  if (command.get_option("--steps")->count() > 0 && steps != count) {  // as diffusers does
    std::cerr << tensor::format("sdxl: note: --steps {} has no effect: {} are {} steps", steps,
                                has_timesteps
                                    ? "these --timesteps"
                                    : "these --sigmas, the last of which is where the run ends,",
                                count)
              << std::endl;
  }
  steps = count;
}

std::vector<double> ScheduleOptions::timesteps() const {
  return given_timesteps.empty() ? std::vector<double>() : parse_numbers(given_timesteps).value();
}

std::vector<double> ScheduleOptions::sigmas() const {
  return given_sigmas.empty() ? std::vector<double>() : parse_numbers(given_sigmas).value();
}

void ScheduleOptions::apply(sdxl::SchedulerConfig& config) const {
  for (const std::string& option : scheduler_options) config.update(scheduler_field(option));
  const bool has_eta = is_of(config, scheduler, "ddim", "DDIMScheduler") ||
                       is_of(config, scheduler, "tcd", "TCDScheduler");
  if (eta > 0.0 && !has_eta) {
    tensor::fail("--eta is for ddim and tcd alone: expected --scheduler ddim or tcd, got {}",
                 scheduler.empty() ? config.class_name : scheduler);
  }
  config.eta = eta;
  const auto built = sdxl::make_scheduler(config, scheduler);  // errors come before any work
  sdxl::set_schedule(*built, steps, timesteps(), sigmas());
}

std::vector<std::string> ScheduleOptions::notes(const sdxl::SchedulerConfig& config) const {
  std::vector<std::string> notes;
  std::string fields;
  for (const std::string& field : config.unknown_fields) {
    fields += (fields.empty() ? "" : ", ") + field;
  }
  if (!fields.empty()) {
    notes.push_back(tensor::format("{}: fields that no scheduler has, without effect: {}",
                                   config.path.string(), fields));
  }
  const bool is_edm = config.class_name.starts_with("EDM");
  if (is_edm && !scheduler.empty() && !scheduler.starts_with("edm-")) {
    notes.push_back(tensor::format(
        "the model is for {}, whose noise levels and inputs {} does not have; expected --scheduler "
        "edm-euler or edm-dpmpp-2m",
        config.class_name, scheduler));
  }
  return notes;
}

}  // namespace cli
