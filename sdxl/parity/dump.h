#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdxl/parity/component.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// Identifies a weight: a few sums of its elements, and its shape.
struct Fingerprint {
  double mean = 0.0;
  double root_mean_square = 0.0;
  double ramp = 0.0;  // mean of element * ramp from -1 to 1: depends on the order of the rows
  std::vector<int64_t> shape;
};

Fingerprint fingerprint(const tensor::Tensor& weight);

/// One run of diffusers, as written by examples/parity/dump_diffusers.py: inputs of the components
/// and of every module, outputs by path, sums of the weights.
///
/// Paths are those of this program's modules, such as unet.mid_block.resnets.0. They differ from
/// the file's in one place: since version 5.6 the first text encoder of transformers has no
/// "text_model" level, so that text_encoder.encoder there is text_encoder.text_model.encoder here.
/// Dumps of both kinds can be read.
class Dump {
 public:
  /// Errors: std::runtime_error for a file that is not a dump, an incomplete dump, or one with NaN
  /// in the inputs of a component.
  explicit Dump(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// The versions of the libraries that wrote the dump.
  const std::string& versions() const;
  /// The components that can be run again: those with inputs and outputs.
  std::vector<std::string> components() const;
  /// Errors, when an input is read: std::runtime_error for one that is absent or has NaN or
  /// infinity.
  ComponentInputs inputs(const std::string& component) const;

  /// All paths with an output, in the order in which the modules ended.
  const std::vector<std::string>& output_paths() const { return outputs_; }
  /// A module's output; empty if the dump has none.
  Tensor output(const std::string& path) const;
  /// The tensor arguments of a module's call, as names for stored(). Equal tensors have one name.
  std::vector<std::string> arguments(const std::string& path) const;
  Tensor stored(const std::string& name) const { return file_.tensor(name); }

  /// The dtype of a component's weights: "float32", "float16" or "bfloat16".
  std::string precision(const std::string& part) const;
  /// The weights of a component by their names in the checkpoint.
  std::map<std::string, Fingerprint> weights(const std::string& part) const;

 private:
  ConfigReader metadata(const std::string& key) const;

  std::filesystem::path path_;
  tensor::io::SafetensorsFile file_;
  std::vector<std::string> outputs_;
  std::map<std::string, std::string> stored_name_;  // by name; equal tensors share one
};

}  // namespace sdxl
