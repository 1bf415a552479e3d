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

/// tests/goldens/scheduler.safetensors; see tests/make_goldens/scheduler.py for what it holds.
class SchedulerGolden {
 public:
  SchedulerGolden() : file_(golden_path("scheduler")) {}

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
