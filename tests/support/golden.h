#pragma once

#include <string>
#include <vector>

#include "nn/module.h"
#include "nn/observe/compare.h"
#include "sdxl/config_reader.h"
#include "tensor/io/safetensors.h"

namespace support {

using tensor::Tensor;

/// The reference's results of one case: tests/goldens/<name>.safetensors, made by the script
/// that its metadata names. Tensors are "weights/<parameter>", "inputs/<argument>" and
/// "outputs/<module path>"; the metadata holds the config as JSON, the order in which the outputs
/// were made, the seed and the versions.
class Golden {
 public:
  explicit Golden(const std::string& name);

  Tensor input(const std::string& name) const { return file_.tensor("inputs/" + name); }
  bool has_input(const std::string& name) const { return file_.contains("inputs/" + name); }
  Tensor output(const std::string& path) const { return file_.tensor("outputs/" + path); }
  bool has_output(const std::string& path) const { return file_.contains("outputs/" + path); }
  sdxl::ConfigReader config() const;
  const std::string& metadata(const std::string& key) const { return file_.metadata().at(key); }

  /// Loads the golden's weights; the model keeps the file mapped.
  void load(nn::Module& model, const std::string& class_name) const;

  /// "" when the recorded outputs are the reference's, path by path; else the first divergence.
  std::string compare(const nn::Recorder& recorder, double limit) const;

 private:
  std::vector<std::string> output_paths() const;

  std::string name_;
  tensor::io::SafetensorsFile file_;
};

}  // namespace support
