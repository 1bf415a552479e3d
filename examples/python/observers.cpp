// Hooks in Python: functions that see, or replace, what modules take and put out.
#include <chrono>
#include <mutex>

#include "examples/python/bind.h"
#include "nn/observe/path_pattern.h"
#include "sdxl/inspect/knobs/branch_scale.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/knobs/skip_mute.h"
#include "tensor/error.h"

namespace glassbox {

namespace {

struct Watch {
  int64_t id;
  MakeObserver make;
};

/// Only read and written with the interpreter's lock.
std::vector<Watch>& watches() {
  static std::vector<Watch> all;
  return all;
}

/// Ends the call when the user pressed Ctrl-C: looked at every 20 ms, between two modules.
class InterruptCheck : public nn::Observer {
 public:
  void on_output(const nn::Module& /*module*/, const Tensor& /*output*/) override {}
  void on_input(const nn::Module& /*module*/, nn::Inputs /*inputs*/) override {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(20)) return;
    last_ = now;
    const nb::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// What a hook is called with, and on which modules.
struct HookFunctions {
  std::vector<std::string> patterns;
  nb::object on_input, on_output;  // or None
};

/// Calls Python with the inputs and the output of each module of a matching path. What on_output
/// returns, unless None, takes the output's place. No other observer sees what the functions run.
class Hook : public nn::Observer {
 public:
  explicit Hook(std::shared_ptr<const HookFunctions> functions)
      : functions_(std::move(functions)), matches_(nn::paths_like(functions_->patterns)) {}

  void on_output(const nn::Module& /*module*/, const Tensor& /*output*/) override {}

  void on_input(const nn::Module& module, nn::Inputs inputs) override {
    if (functions_->on_input.is_none() || !matches_(module.path())) return;
    const nb::gil_scoped_acquire lock;
    const nn::ObserversPaused paused;
    nb::dict given;
    for (const nn::Input& input : inputs) {
      if (!input.value.empty()) given[std::string(input.name).c_str()] = array_of(input.value);
    }
    functions_->on_input(module.path(), given);
  }

  Tensor replace(const nn::Module& module, const Tensor& output) override {
    if (functions_->on_output.is_none() || !matches_(module.path())) return output;
    const nb::gil_scoped_acquire lock;
    const nn::ObserversPaused paused;
    const nb::object answer = functions_->on_output(module.path(), array_of(output));
    if (answer.is_none()) return output;
    const Tensor other = tensor_of({answer}, module.path());
    tensor::require(other.shape() == output.shape(),
                    "hook: {}: expected {} in place of its output, got {}", module.path(),
                    output.shape(), other.shape());
    return other;
  }

 private:
  std::shared_ptr<const HookFunctions> functions_;
  nn::Recorder::Filter matches_;
};

std::vector<sdxl::Skip> chosen_skips(const nn::Module& unet, const std::vector<int64_t>& numbers) {
  const std::vector<sdxl::Skip> all = sdxl::skips_of(unet);
  std::vector<sdxl::Skip> chosen;
  for (const int64_t number : numbers) {
    tensor::require(number >= 0 && number < std::ssize(all), "mute_skips: expected 0 to {}, got {}",
                    std::ssize(all) - 1, number);
    chosen.push_back(all[number]);
  }
  return chosen;
}

}  // namespace

int64_t watch(MakeObserver make) {
  static int64_t last = 0;
  watches().push_back({++last, std::move(make)});
  return last;
}

void unwatch(int64_t id) {
  std::erase_if(watches(), [id](const Watch& watch) { return watch.id == id; });
}

Watching::Watching() {
  observers_.push_back(std::make_unique<InterruptCheck>());
  for (const Watch& watch : watches()) observers_.push_back(watch.make());
}

Watching::~Watching() {
  while (!observers_.empty()) observers_.pop_back();
}

void bind_observers(nb::module_& m) {
  m.def("unwatch", &unwatch, "id"_a);
  m.def(
      "add_hook",
      [](const std::vector<std::string>& patterns, nb::object on_input, nb::object on_output) {
        auto functions = std::make_shared<const HookFunctions>(
            HookFunctions{patterns, std::move(on_input), std::move(on_output)});
        return watch([functions] { return std::make_unique<Hook>(functions); });
      },
      "patterns"_a, "on_input"_a.none() = nb::none(), "on_output"_a.none() = nb::none());
  m.def(
      "add_scale",
      [](const std::map<std::string, double>& factors) {
        std::vector<sdxl::BranchScale::Factor> list;
        for (const auto& [pattern, factor] : factors) list.push_back({pattern, factor});
        return watch([list] { return std::make_unique<sdxl::BranchScale>(list); });
      },
      "factors"_a);
  m.def(
      "add_head_mute",
      [](const nn::Module& attention, const std::vector<int64_t>& heads) {
        const int64_t count = sdxl::heads_of(attention);
        tensor::require(count > 0, "mute_heads: {} is no attention with heads", attention.path());
        std::vector<sdxl::HeadMute::Head> list;
        for (const int64_t head : heads) {
          tensor::require(head >= 0 && head < count, "mute_heads: {}: expected 0 to {}, got {}",
                          attention.path(), count - 1, head);
          list.push_back({attention.path(), head, count});
        }
        return watch([list] { return std::make_unique<sdxl::HeadMute>(list); });
      },
      "attention"_a, "heads"_a);
  m.def(
      "add_skip_mute",
      [](const nn::Module& unet, const std::vector<int64_t>& numbers) {
        const std::vector<sdxl::Skip> skips = chosen_skips(unet, numbers);
        return watch([skips] { return std::make_unique<sdxl::SkipMute>(skips); });
      },
      "unet"_a, "numbers"_a);
  m.def("skips_of", [](const nn::Module& unet) {
    std::vector<std::tuple<std::string, std::string, int64_t>> result;
    for (const sdxl::Skip& skip : sdxl::skips_of(unet)) {
      result.emplace_back(skip.pushed_by, skip.popped_by, skip.channels);
    }
    return result;
  });
}

}  // namespace glassbox
