#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"

namespace support {

using tensor::Tensor;

/// A config as scheduler_config.json would hold it.
inline sdxl::SchedulerConfig scheduler_config(const std::string& json) {
  return sdxl::SchedulerConfig::read(sdxl::ConfigReader::parse(json, "scheduler_config.json"));
}

/// tests/goldens/scheduler.safetensors, or scheduler_solvers.safetensors; see the scripts of these
/// names in tests/make_goldens/ for what they hold.
class SchedulerGolden {
 public:
  explicit SchedulerGolden(const std::string& name = "scheduler") : file_(golden_path(name)) {}

  /// "cases", "schedules" or "grids", by name: each case's config is a text, as the file has it.
  std::map<std::string, nlohmann::json> list(const std::string& key) const {
    return nlohmann::json::parse(file_.metadata().at(key));
  }
  bool has(const std::string& name) const { return file_.contains(name); }
  Tensor tensor(const std::string& name) const { return file_.tensor(name); }

 private:
  tensor::io::SafetensorsFile file_;
};

}  // namespace support
