#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdxl/parity/component.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// What tells one weight from another: a few sums of its numbers, and its shape.
struct Fingerprint {
  double mean = 0.0;
  double root_mean_square = 0.0;
  double ramp = 0.0;  // mean of number * ramp from -1 to 1: rows in another order change it
  std::vector<int64_t> shape;
};

Fingerprint fingerprint(const tensor::Tensor& weight);

/// What diffusers computed in one run, as examples/parity/dump_diffusers.py keeps it: inputs of the
/// components and of every module, outputs by path, sums of the weights. PATH is a module's path
/// with its part in front: unet.mid_block.resnets.0.
class Dump {
 public:
  /// Errors: std::runtime_error for a file that is none, of which a part is missing, or that holds
  /// NaN among its inputs.
  explicit Dump(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::string& versions() const;
  /// The components that can be run again: those with inputs and with outputs.
  std::vector<std::string> components() const;
  ComponentInputs inputs(const std::string& component) const;

  /// All paths with an output, in the order in which the modules ended.
  const std::vector<std::string>& output_paths() const { return outputs_; }
  /// A module's output; empty where none was kept.
  Tensor output(const std::string& path) const;
  /// What a module was called with: the stored tensors' names, one for equal ones.
  std::vector<std::string> arguments(const std::string& path) const;
  Tensor stored(const std::string& name) const { return file_.tensor(name); }

  /// "float32", "float16" or "bfloat16": what a part's weights were in.
  std::string precision(const std::string& part) const;
  /// The weights of a part by name.
  std::map<std::string, Fingerprint> weights(const std::string& part) const;

 private:
  ConfigReader metadata(const std::string& key) const;

  std::filesystem::path path_;
  tensor::io::SafetensorsFile file_;
  std::vector<std::string> outputs_;
  std::map<std::string, std::string> stored_name_;  // of every name, those of equal tensors too
};

}  // namespace sdxl
