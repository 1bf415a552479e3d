#include "tests/support/names.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include "nn/parameter.h"

namespace support {

namespace {

/// "conv_in.weight 320x4x3x3", as the lists have it.
std::string line(const nn::Parameter& parameter) {
  std::string text = parameter.name() + " ";
  for (const int64_t dim : parameter.shape()) {
    text += (text.back() == ' ' ? "" : "x") + std::to_string(dim);
  }
  return text;
}

}  // namespace

std::string compare_names(const nn::Module& model, const std::string& list) {
  const auto path =
      std::filesystem::path(GLASSBOX_SOURCE_DIR) / "tests" / "names" / (list + ".txt");
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + " cannot be opened");
  std::set<std::string> expected, ours;
  for (std::string text; std::getline(file, text);) expected.insert(text);
  for (const nn::Parameter* parameter : nn::all_parameters(model)) ours.insert(line(*parameter));

  std::vector<std::string> differences;
  std::set_symmetric_difference(expected.begin(), expected.end(), ours.begin(), ours.end(),
                                std::back_inserter(differences));
  std::string report;
  for (size_t i = 0; i < std::min(differences.size(), size_t{10}); ++i) {
    report += (ours.contains(differences[i]) ? "only in ours: " : "only in the list: ") +
              differences[i] + "\n";
  }
  return report;
}

int64_t count_parameters(const nn::Module& model) {
  int64_t count = 0;
  for (const nn::Parameter* parameter : nn::all_parameters(model))
    count += parameter->shape().size();
  return count;
}

}  // namespace support
