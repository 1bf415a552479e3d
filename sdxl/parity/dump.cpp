#include "sdxl/parity/dump.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// A module's or parameter's path in this program, from its path in a dump.
std::string own_path(const std::string& path) {
  const std::string encoder = "text_encoder", inner = encoder + ".text_model";
  if (path == encoder) return inner;  // its output is that of text_model
  if (!path.starts_with(encoder + ".") || path.starts_with(inner)) return path;
  return inner + path.substr(encoder.size());
}

/// The name of a tensor, "outputs/PATH" or "inputs/PATH/NAME", with this program's path.
std::string own_name(const std::string& name) {
  const size_t first = name.find('/'), last = name.rfind('/');
  if (name.starts_with("outputs/")) return "outputs/" + own_path(name.substr(first + 1));
  if (!name.starts_with("inputs/text_encoder.")) return name;
  return "inputs/" + own_path(name.substr(first + 1, last - first - 1)) + name.substr(last);
}

}  // namespace

Fingerprint fingerprint(const tensor::Tensor& weight) {
  Fingerprint sums;
  for (int64_t i = 0; i < weight.size(); ++i) {
    const double value = weight.data()[i];
    sums.mean += value;
    sums.root_mean_square += value * value;
    sums.ramp += value * static_cast<double>(i % 251 - 125) / 125.0;
  }
  const auto count = static_cast<double>(weight.size());
  sums.mean /= count;
  sums.root_mean_square = std::sqrt(sums.root_mean_square / count);
  sums.ramp /= count;
  sums.shape.assign(weight.shape().begin(), weight.shape().end());
  return sums;
}

Dump::Dump(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto format = file_.metadata().find("format");
  if (format == file_.metadata().end() || format->second != "glassbox-sdxl dump 1") {
    tensor::fail("{}: expected a dump of examples/parity/dump_diffusers.py, got {}", path.string(),
                 format == file_.metadata().end() ? "a file without its format in the metadata"
                                                  : tensor::printable(format->second));
  }
  std::set<std::string> listed;
  for (const std::string& output : metadata("outputs").strings("paths")) {
    const std::string own = own_path(output);
    if (listed.insert(own).second) outputs_.push_back(own);
  }
  for (const std::string& name : file_.names()) stored_name_[own_name(name)] = name;
  const ConfigReader same = metadata("same");
  for (const std::string& name : same.fields()) stored_name_[own_name(name)] = same.text(name, "");
  for (const auto& [name, stored] : stored_name_) {
    if (file_.contains(stored)) continue;
    tensor::fail("{}: {} should lie there as {}, and doesn't: half a dump?", path.string(),
                 tensor::printable(name), tensor::printable(stored));
  }
  for (const std::string& output : outputs_) {
    if (stored_name_.contains("outputs/" + output)) continue;
    tensor::fail("{}: the output of {} is listed, and isn't there: half a dump?", path.string(),
                 tensor::printable(output));
  }
}

ConfigReader Dump::metadata(const std::string& key) const {
  const auto found = file_.metadata().find(key);
  if (found == file_.metadata().end()) {
    tensor::fail("{}: the metadata has no {}: half a dump?", path_.string(), key);
  }
  return ConfigReader::parse(found->second, path_);
}

const std::string& Dump::versions() const {
  static const std::string unknown = "versions unknown";
  const auto found = file_.metadata().find("versions");
  return found == file_.metadata().end() ? unknown : found->second;
}

std::vector<std::string> Dump::components() const {
  std::vector<std::string> result;
  for (const std::string& component : component_names()) {
    const auto is_input = [&](const auto& entry) {
      return entry.first.starts_with("inputs/" + component + "/");
    };
    const auto is_output = [&](const std::string& path) {
      return path == path_of(component) || path.starts_with(path_of(component) + ".");
    };
    if (std::any_of(stored_name_.begin(), stored_name_.end(), is_input) &&
        std::any_of(outputs_.begin(), outputs_.end(), is_output)) {
      result.push_back(component);
    }
  }
  if (result.empty()) {
    tensor::fail(
        "{}: expected inputs and outputs of a component, such as inputs/unet/sample and "
        "outputs/unet.conv_in, got none",
        path_.string());
  }
  return result;
}

ComponentInputs Dump::inputs(const std::string& component) const {
  const auto full_name = [component](const std::string& name) {
    return "inputs/" + component + "/" + name;
  };
  return {path_.string(),
          [this, full_name](const std::string& name) {
            const std::string full = full_name(name);
            const auto found = stored_name_.find(full);
            if (found == stored_name_.end()) {
              tensor::fail("{}: expected a tensor {}, got none: half a dump, or another model?",
                           path_.string(), full);
            }
            const Tensor value = file_.tensor(found->second);
            if (!has_non_finite(value)) return value;
            tensor::fail("{}: {} holds NaN or infinity: nothing can be compared", path_.string(),
                         full);
          },
          [this, full_name](const std::string& name) {
            return stored_name_.contains(full_name(name));
          }};
}

Tensor Dump::output(const std::string& path) const {
  const auto found = stored_name_.find("outputs/" + path);
  return found == stored_name_.end() ? Tensor() : file_.tensor(found->second);
}

std::vector<std::string> Dump::arguments(const std::string& path) const {
  const std::string front = "inputs/" + path + "/";
  std::vector<std::string> names;
  for (auto it = stored_name_.lower_bound(front);
       it != stored_name_.end() && it->first.starts_with(front); ++it) {
    names.push_back(it->second);
  }
  return names;
}

std::string Dump::precision(const std::string& part) const {
  return metadata("precision").text(part, "float32");
}

std::map<std::string, Fingerprint> Dump::weights(const std::string& part) const {
  const ConfigReader all = metadata("weights");
  std::map<std::string, Fingerprint> result;
  for (const std::string& name : all.fields()) {
    if (!name.starts_with(part + ".")) continue;
    const std::vector<double> numbers = all.numbers(name);
    const bool has_shape = numbers.size() >= 3 && numbers.size() <= 3 + tensor::Shape::max_rank &&
                           std::all_of(numbers.begin() + 3, numbers.end(), [](double size) {
                             return size >= 0.0 && size < 1e15 && size == std::floor(size);
                           });
    if (!has_shape) {
      tensor::fail("{}: weights: {}: expected three sums and a shape of whole numbers",
                   path_.string(), tensor::printable(name));
    }
    result[own_path(name).substr(part.size() + 1)] = {
        numbers[0], numbers[1], numbers[2], {numbers.begin() + 3, numbers.end()}};
  }
  return result;
}

}  // namespace sdxl
