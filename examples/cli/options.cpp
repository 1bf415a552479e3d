#include "examples/cli/options.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <set>
#include <stdexcept>

#include "nn/observe/backend_for.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/text/unicode.h"
#include "tensor/compute.h"
#include "tensor/error.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

constexpr int64_t largest_side = 1
                                 << 15;  // pixels; more would need more memory than any machine has
constexpr int64_t largest_count = 1 << 20;

/// A whole number, or `fallback` if the text is something else.
int64_t whole_number(const std::string& text, int64_t fallback) {
  char* end = nullptr;
  errno = 0;
  const int64_t value = std::strtoll(text.c_str(), &end, 10);
  return errno != 0 || text.empty() || *end != '\0' ? fallback : value;
}

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nan("") : value;
}

/// A check whose message names what is expected.
CLI::Validator check(const std::string& expected, std::function<bool(const std::string&)> accepts) {
  return CLI::Validator(
      [expected, accepts](std::string& text) {
        return accepts(text) ? "" : "expected " + expected + ", got " + tensor::printable(text, 60);
      },
      "");
}

bool is_seed(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const bool is_negative = text.starts_with("-");
  if (is_negative) {
    std::strtoll(text.c_str(), &end, 10);
  } else {
    std::strtoull(text.c_str(), &end, 10);
  }
  const size_t digits = text.find_first_not_of("0123456789", is_negative ? 1 : 0);
  return errno == 0 && text.size() > (is_negative ? 1 : 0) && digits == std::string::npos;
}

}  // namespace

void ModelOptions::add_to(CLI::App& command, const std::vector<std::string>& parts_taken) {
  command.add_option("--model", path, "A diffusers folder or a single file (the tiny model)")
      ->type_name("PATH");
  command
      .add_option("--config", config,
                  "For a file of unusual sizes: a diffusers folder with configs and tokenizers")
      ->type_name("PATH");
  command
      .add_option("--variant", variant,
                  "Which weights, such as fp16; a part without them gives its plain ones")
      ->type_name("NAME");
  command.add_flag("--strict", strict,
                   "A tensor that the model has no place for is an error, not a note");
  parts.add_to(command, parts_taken);
}

bool ModelOptions::is_given() const { return !path.empty() || std::getenv("SDXL_MODEL"); }

sdxl::LoadPolicy ModelOptions::policy() const {
  if (quiet) return {.strict = strict};
  const auto print_once = [](const std::string& note) {
    static std::set<std::string> printed;  // a file is opened for each of its parts
    if (printed.insert(note).second) std::cerr << "sdxl: note: " << note << std::endl;
  };
  return {.strict = strict, .note = print_once};
}

std::unique_ptr<sdxl::Checkpoint> ModelOptions::open() const {
  return sdxl::open_checkpoint(
      path.empty() ? shipped_model() : fs::path(path),
      {.variant = variant, .config = config, .parts = parts.paths, .policy = policy()});
}

std::unique_ptr<sdxl::Checkpoint> ModelOptions::open(const std::string& second) const {
  const bool has_it =
      variant.empty() || !fs::is_directory(second) || sdxl::has_variant(second, variant);
  if (!has_it) {
    policy().say(tensor::format("{}: has no variant {}; its plain weights are read", second,
                                tensor::printable(variant)));
  }
  return sdxl::open_checkpoint(
      second,
      {.variant = has_it ? variant : "", .parts = {.vae = parts.paths.vae}, .policy = policy()});
}

std::unique_ptr<sdxl::Autoencoder> load_vae(const sdxl::Checkpoint& checkpoint) {
  checkpoint.expect_components({"vae"});
  return checkpoint.autoencoder();
}

namespace {

/// The modules of --textbook. Never deleted: observers must not outlive their thread's list.
nn::BackendFor* textbook_modules = nullptr;

}  // namespace

void add_compute(CLI::App& command) {
  command
      .add_option_function<int>("--threads", tensor::set_threads,
                                "Number of threads to compute with (all cores)")
      ->type_name("N")
      ->check(at_least(1));
  const auto set_backend = [](std::string& name) {
    try {
      tensor::set_backend(tensor::backend_of_name(name));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  command
      .add_option("--backend",
                  "How kernels compute: fast, eigen (Eigen's matrix product), or textbook (the "
                  "plain loops of the definitions, some hundred times slower) (fast)")
      ->type_name("NAME")
      ->check(CLI::Validator(set_backend, "{fast,eigen,textbook}"));
  const auto watch = [](const std::vector<std::string>& patterns) {
    textbook_modules = new nn::BackendFor(tensor::Backend::textbook, patterns);
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--textbook", watch,
          "Only these modules, and all below them, compute with the textbook's loops, to be "
          "stepped "
          "through in a debugger: paths, with * and ?")
      ->type_name("GLOB")
      ->take_all();
}

void expect_textbook_modules() {
  if (textbook_modules) textbook_modules->expect_matches("--textbook");
}

CLI::Validator multiple_of_8() {
  return check("a multiple of 8, at most " + std::to_string(largest_side),
               [](const std::string& text) {
                 const int64_t value = whole_number(text, 0);
                 return value > 0 && value <= largest_side && value % 8 == 0;
               });
}

CLI::Validator at_least(int64_t least) {
  const std::string range = tensor::format("a whole number from {} to {}", least, largest_count);
  return check(range, [least](const std::string& text) {
    const int64_t value = whole_number(text, least - 1);
    return value >= least && value <= largest_count;
  });
}

CLI::Validator finite_number() {
  return check("a number", [](const std::string& text) {
    return std::isfinite(static_cast<float>(number(text)));
  });
}

CLI::Validator fraction() {
  return check("a number from 0 to 1",
               [](const std::string& text) { return number(text) >= 0.0 && number(text) <= 1.0; });
}

CLI::Validator inner_fraction() {
  return check("a number between 0 and 1",
               [](const std::string& text) { return number(text) > 0.0 && number(text) < 1.0; });
}

CLI::Validator scale_above_1() {
  return check("a number above 1, at most 8",
               [](const std::string& text) { return number(text) > 1.0 && number(text) <= 8.0; });
}

CLI::Validator utf8_text() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        try {
          sdxl::unicode::from_utf8(text);
          return "";
        } catch (const std::invalid_argument& error) {
          return error.what();
        }
      },
      "");
}

CLI::Validator seed_number() { return check("a whole number from -2^63 to 2^64 - 1", is_seed); }

CLI::Validator seed_numbers() {
  return check("whole numbers from -2^63 to 2^64 - 1 with commas between",
               [](const std::string& text) {
                 const std::vector<std::string> seeds = between_commas(text);
                 return std::all_of(seeds.begin(), seeds.end(), is_seed);
               });
}

uint64_t parse_seed(const std::string& text) {
  if (text.starts_with("-")) return static_cast<uint64_t>(std::strtoll(text.c_str(), nullptr, 10));
  return std::strtoull(text.c_str(), nullptr, 10);
}

std::vector<std::string> between_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<uint64_t> parse_seeds(const std::string& text) {
  std::vector<uint64_t> seeds;
  for (const std::string& seed : between_commas(text)) seeds.push_back(parse_seed(seed));
  return seeds;
}

tensor::Tensor read_tensor(const fs::path& path, const std::string& name) {
  const tensor::io::SafetensorsFile file(path);
  if (!file.contains(name)) {
    std::string there;
    for (const std::string& other : file.names()) {
      there += (there.empty() ? "" : ", ") + other;
    }
    tensor::fail("{}: expected a tensor {}, got {}", path.string(), name,
                 there.empty() ? "none at all" : tensor::printable(there));
  }
  const tensor::Tensor result = file.tensor(name);
  if (has_non_finite(result)) {
    tensor::fail("{}: {} holds NaN or infinity", path.string(), name);
  }
  return result;
}

}  // namespace cli
