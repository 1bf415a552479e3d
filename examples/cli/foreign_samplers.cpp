#include "examples/cli/foreign_samplers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "sdxl/scheduler/scheduler.h"
#include "tensor/error.h"

namespace cli {

namespace {

struct Sampler {
  std::string_view name;  // in small letters, without spaces, "_" and "+"; "pp" for "++"
  const char* scheduler;  // ours, or "" where no class of diffusers takes these steps
};

constexpr std::array samplers = {
    Sampler{"euler", "euler"},
    Sampler{"eulera", "euler-ancestral"},
    Sampler{"eulerancestral", "euler-ancestral"},
    Sampler{"heun", "heun"},
    Sampler{"dpmpp2m", "dpmpp-2m"},
    Sampler{"dpmpp2msde", "dpmpp-2m-sde"},
    Sampler{"dpmpp2msdegpu", "dpmpp-2m-sde"},
    Sampler{"ddim", "ddim"},
    Sampler{"ddpm", "ddpm"},
    Sampler{"plms", "pndm"},
    Sampler{"lcm", "lcm"},
    Sampler{"tcd", "tcd"},
    Sampler{"unipc", "unipc"},
    Sampler{"unipcbh2", "unipc"},
    Sampler{"deis", "deis"},
};

struct Schedule {
  std::string_view name;
  std::array<const char*, 2> fields;  // of the scheduler's config
};

// k-diffusion's schedules span all noise levels, from the first to the last of training.
constexpr std::array schedules = {
    Schedule{"", {"timestep_spacing=linspace", nullptr}},
    Schedule{"automatic", {"timestep_spacing=linspace", nullptr}},
    Schedule{"uniform", {"timestep_spacing=linspace", nullptr}},
    Schedule{"normal", {"timestep_spacing=linspace", nullptr}},
    Schedule{"karras", {"timestep_spacing=linspace", "use_karras_sigmas=true"}},
    Schedule{"exponential", {"timestep_spacing=linspace", "use_exponential_sigmas=true"}},
    Schedule{"beta", {"timestep_spacing=linspace", "use_beta_sigmas=true"}},
    Schedule{"sgmuniform", {"timestep_spacing=trailing", nullptr}},
    Schedule{"simple", {"timestep_spacing=trailing", nullptr}},
    Schedule{"ddim", {"timestep_spacing=leading", "steps_offset=1"}},
    Schedule{"ddimuniform", {"timestep_spacing=leading", "steps_offset=1"}},
};

std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (c == '+') {
      plain += 'p';
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return plain;
}

template <class Table>
const auto* find(const Table& table, const std::string& name) {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
  return row == table.end() ? nullptr : &*row;
}

bool is_built(const std::string& scheduler) {
  const std::vector<std::string> names = sdxl::scheduler_names();
  return std::find(names.begin(), names.end(), scheduler) != names.end();
}

/// The plain names of sampler and schedule; a schedule at the end of the sampler's name is cut off.
std::pair<std::string, std::string> split(const std::string& sampler, const std::string& schedule) {
  std::string name = plain_name(sampler);
  std::string own = plain_name(schedule);
  for (const std::string ending : {"karras", "exponential"}) {
    if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
    name.erase(name.size() - ending.size());
    own = ending;
  }
  return {name, own};
}

}  // namespace

void add_sampler(CommandDraft& draft, const std::string& sampler, const std::string& schedule) {
  const auto [name, own_schedule] = split(sampler, schedule);
  const Sampler* row = find(samplers, name);
  if (row == nullptr || !is_built(row->scheduler)) {
    draft.note(tensor::format(
        "the sampler {} is not built here, so the model's own scheduler draws another image",
        tensor::printable(sampler, 60)));
  } else {
    draft.add("--scheduler", row->scheduler, "the sampler");
  }
  // A1111's DDIM, PLMS and UniPC have steps of their own.
  const bool has_ddim_steps =
      schedule.empty() && (name == "ddim" || name == "plms" || name == "unipc");
  const Schedule* fields = find(schedules, has_ddim_steps ? "ddim" : own_schedule);
  if (fields == nullptr) {
    draft.note(tensor::format("the schedule {} is not built here; the scheduler's own is taken",
                              tensor::printable(schedule, 60)));
    return;
  }
  for (const char* field : fields->fields) {
    if (field) draft.add("--scheduler-option", field, "the schedule " + own_schedule);
  }
}

}  // namespace cli
