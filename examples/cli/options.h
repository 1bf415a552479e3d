#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "examples/cli/part_options.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/vae/autoencoder.h"
#include "tensor/tensor.h"

/// Options that several commands share, and how their values are checked.
namespace cli {

/// --model, --config, --variant and --strict, and the parts from elsewhere that a command takes.
struct ModelOptions {
  std::string path;    // empty: the model that ships
  std::string config;  // of a single file of unusual sizes
  std::string variant;
  bool strict = false;  // whether a tensor without a place in the model is an error
  bool quiet = false;   // no notes about the files
  PartOptions parts;

  /// Also the options of these parts: see PartOptions.
  void add_to(CLI::App& command, const std::vector<std::string>& parts_taken = {});
  bool is_given() const;
  std::unique_ptr<sdxl::Checkpoint> open() const;
  /// A second model, of the same variant and with the same autoencoder.
  std::unique_ptr<sdxl::Checkpoint> open(const std::string& second) const;

 private:
  sdxl::LoadPolicy policy() const;
};

/// The autoencoder alone. Errors: std::runtime_error where the model has none.
std::unique_ptr<sdxl::Autoencoder> load_vae(const sdxl::Checkpoint& checkpoint);

/// --threads, --backend and --textbook, which take effect as they are read.
void add_compute(CLI::App& command);
/// Call it when a command has run.
/// Errors: std::runtime_error for a pattern of --textbook that no module has matched.
void expect_textbook_modules();

/// The folder of the tiny model that ships: of the installation that the program lies in, else in
/// the source tree of the build, or beside the build folder. The environment variable SDXL_MODEL
/// names another one.
std::filesystem::path shipped_model();

/// Checks of an option's value, with the message for a wrong one.
CLI::Validator multiple_of_8();
CLI::Validator at_least(int64_t least);
CLI::Validator finite_number();
CLI::Validator fraction();        // 0 to 1
CLI::Validator inner_fraction();  // between them
CLI::Validator scale_above_1();   // 1 to 8
CLI::Validator utf8_text();
CLI::Validator seed_number();
CLI::Validator seed_numbers();  // one, or several with commas between

/// The texts between the commas: at least one.
std::vector<std::string> between_commas(const std::string& text);

/// A seed as torch.Generator.manual_seed takes it: 64 bits; a negative one counts from 2^64 down.
uint64_t parse_seed(const std::string& text);
std::vector<uint64_t> parse_seeds(const std::string& text);

/// The tensor `name` of a safetensors file.
/// Errors: std::runtime_error when it isn't there, with the names that are; or when it holds NaN.
tensor::Tensor read_tensor(const std::filesystem::path& file, const std::string& name);

}  // namespace cli
