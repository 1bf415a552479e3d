#include "tests/support/golden.h"

#include <nlohmann/json.hpp>

#include "nn/load.h"
#include "tests/support/paths.h"

namespace support {

Golden::Golden(const std::string& name) : name_(name), file_(golden_path(name)) {}

sdxl::ConfigReader Golden::config() const {
  return sdxl::ConfigReader::parse(metadata("config"), name_ + ".safetensors");
}

void Golden::load(nn::Module& model, const std::string& class_name) const {
  const std::string prefix = "weights/";
  nn::WeightSource source{.description = name_ + ".safetensors"};
  source.owners.files.push_back(file_.mapping());
  for (const std::string& key : file_.names()) {
    if (key.starts_with(prefix)) source.weights[key.substr(prefix.size())] = file_.weight(key);
  }
  nn::load(model, class_name, source);
}

std::vector<std::string> Golden::output_paths() const {
  return nlohmann::json::parse(metadata("outputs")).get<std::vector<std::string>>();
}

std::string Golden::compare(const nn::Recorder& recorder, double limit) const {
  std::vector<nn::Recorder::Entry> theirs;
  for (const std::string& path : output_paths()) {
    theirs.push_back({path, output(path)});
  }
  const std::string verdict = nn::compare(recorder.entries(), theirs).verdict(limit);
  return verdict.empty() ? "" : name_ + ": " + verdict;
}

}  // namespace support
