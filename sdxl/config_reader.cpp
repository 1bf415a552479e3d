#include "sdxl/config_reader.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sdxl/json_text.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace sdxl {

using nlohmann::json;

namespace {

constexpr size_t longest_message = 600;  // values in it come from the file

// One test for each type a field can have.
bool is_integer(const json& value) {
  if (!value.is_number_float()) return value.is_number_integer();
  const auto number = value.get<double>();
  return std::abs(number) < 1e15 && number == std::floor(number);
}
bool is_number(const json& value) { return value.is_number(); }
bool is_flag(const json& value) { return value.is_boolean(); }
bool is_text(const json& value) { return value.is_string(); }
template <bool (*is_item)(const json&)>
bool is_list_of(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), is_item);
}

/// Python's json module writes NaN, Infinity and -Infinity, which are no JSON: diffusers'
/// DPM-Solver has "lambda_min_clipped": -Infinity. Between quotes they are strings: ignored in a
/// field that is not read, an error where a number is expected.
std::string quote_non_finite(std::string_view text) {
  std::string quoted;
  bool in_text = false;
  while (!text.empty()) {
    size_t length = in_text && text.front() == '\\' ? 2 : 1;
    if (text.front() == '"') in_text = !in_text;
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
      if (!in_text && text.starts_with(word)) length = word.size();
    }
    const std::string_view part = text.substr(0, length);
    quoted += length > 2 ? "\"" + std::string(part) + "\"" : std::string(part);
    text.remove_prefix(part.size());
  }
  return quoted;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

}  // namespace

ConfigReader::ConfigReader(const std::filesystem::path& path, const std::string& text)
    : path_(path) {
  json value = parse_json(quote_non_finite(text));
  if (!value.is_object()) {
    tensor::fail("{}: expected a JSON object, but it does not parse as one; is the file damaged?",
                 path.string());
  }
  json_ = std::make_unique<const json>(std::move(value));
}

ConfigReader::ConfigReader(const std::filesystem::path& path)
    : ConfigReader(path, tensor::io::read_text(path)) {}

ConfigReader ConfigReader::parse(const std::string& text, const std::filesystem::path& path) {
  return ConfigReader(path, text);
}

ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader::~ConfigReader() = default;

void ConfigReader::error(std::string_view field, const std::string& message) const {
  tensor::fail("{}: {}: {}", path_.string(), tensor::printable(field),
               tensor::printable(message, longest_message));
}

bool ConfigReader::has(std::string_view field) const {
  const auto found = json_->find(field);
  return found != json_->end() && !found->is_null();
}

bool ConfigReader::is_null(std::string_view field) const {
  const auto found = json_->find(field);
  return found != json_->end() && found->is_null();
}

std::vector<std::string> ConfigReader::fields() const {
  std::vector<std::string> names;
  for (const auto& item : json_->items()) {
    names.push_back(item.key());
  }
  return names;
}

bool ConfigReader::lists_component(std::string_view field) const {
  return has(field) && is_list_of<is_text>(json_->at(std::string(field)));
}

std::string ConfigReader::component_class(std::string_view field) const {
  if (!lists_component(field)) return "";
  const std::vector<std::string> place = strings(field);
  return place.size() == 2 ? place[1] : "";
}

std::string ConfigReader::class_name() const {
  if (!class_name_.empty()) return class_name_;
  if (has("_class_name") && json_->at("_class_name").is_array()) {
    const std::vector<std::string> names = strings("_class_name");
    return names.empty() ? "" : names.back();  // of a pipeline of the user's own: [file, class]
  }
  if (has("_class_name")) return text("_class_name", "");
  if (!has("architectures")) return "";
  const std::vector<std::string> names = strings("architectures");
  return names.empty() ? "" : names.front();
}

void ConfigReader::expect_class(const std::vector<std::string>& accepted) const {
  const std::string name = class_name();
  if (std::find(accepted.begin(), accepted.end(), name) != accepted.end()) return;
  tensor::fail("{}: expected a config of {}, got one of {}", path_.string(), join(accepted),
               name.empty() ? "no class" : tensor::printable(name));
}

const json* ConfigReader::find(std::string_view field, TypeTest is_type, const char* type) const {
  if (!has(field)) return nullptr;
  const json& value = json_->at(std::string(field));
  if (!is_type(value)) error(field, tensor::format("expected {}, got {}", type, json_text(value)));
  return &value;
}

int64_t ConfigReader::integer(std::string_view field) const {
  if (!has(field)) error(field, "expected a whole number, but the field is absent");
  return integer(field, 0);
}

int64_t ConfigReader::integer(std::string_view field, int64_t fallback) const {
  const json* value = find(field, is_integer, "a whole number");
  return value ? value->get<int64_t>() : fallback;
}

int64_t ConfigReader::expect_range(std::string_view field, IntegerRange range,
                                   int64_t value) const {
  if (range.low <= value && value <= range.high) return value;
  error(field, tensor::format("expected a whole number from {} to {}, got {}", range.low,
                              range.high, value));
}

int64_t ConfigReader::integer(std::string_view field, IntegerRange range) const {
  return expect_range(field, range, integer(field));
}

int64_t ConfigReader::integer(std::string_view field, IntegerRange range, int64_t fallback) const {
  return expect_range(field, range, integer(field, fallback));
}

double ConfigReader::number(std::string_view field, double fallback) const {
  const json* value = find(field, is_number, "a number");
  return value ? value->get<double>() : fallback;
}

double ConfigReader::number(std::string_view field, NumberRange range, double fallback) const {
  const double value = number(field, fallback);
  if (range.low <= value && value <= range.high) return value;
  error(field,
        tensor::format("expected a number from {} to {}, got {}", range.low, range.high, value));
}

bool ConfigReader::flag(std::string_view field, bool fallback) const {
  if (is_null(field)) return false;
  const json* value = find(field, is_flag, "true or false");
  return value ? value->get<bool>() : fallback;
}

std::string ConfigReader::text(std::string_view field, const std::string& fallback) const {
  const json* value = find(field, is_text, "a text");
  return value ? value->get<std::string>() : fallback;
}

std::vector<int64_t> ConfigReader::integers(std::string_view field, IntegerRange range) const {
  const json* value = find(field, is_list_of<is_integer>, "a list of whole numbers");
  if (!value) error(field, "expected a list of whole numbers, but the field is absent");
  const auto values = value->get<std::vector<int64_t>>();
  for (const int64_t number : values) expect_range(field, range, number);
  return values;
}

std::vector<double> ConfigReader::numbers(std::string_view field) const {
  const json* value = find(field, is_list_of<is_number>, "a list of numbers");
  if (!value) error(field, "expected a list of numbers, but the field is absent");
  return value->get<std::vector<double>>();
}

std::vector<std::string> ConfigReader::strings(std::string_view field) const {
  const json* value = find(field, is_list_of<is_text>, "a list of strings");
  if (!value) error(field, "expected a list of strings, but the field is absent");
  return value->get<std::vector<std::string>>();
}

int64_t ConfigReader::size(std::string_view field, IntegerRange range, int64_t fallback) const {
  if (!has(field) || !json_->at(std::string(field)).is_array()) {
    return integer(field, range, fallback);
  }
  const std::vector<int64_t> sizes = integers(field, range);
  const bool is_one_size =
      !sizes.empty() && std::ranges::count(sizes, sizes[0]) == std::ssize(sizes);
  if (!is_one_size) error(field, "expected one size, or a list of equal ones");
  return sizes[0];
}

std::vector<std::vector<int64_t>> ConfigReader::integers_per_layer(
    std::string_view field, const std::vector<int64_t>& counts, IntegerRange range,
    int64_t fallback) const {
  const size_t levels = counts.size();
  const json of_all = has(field) ? json_->at(std::string(field)) : json(fallback);
  const json list = of_all.is_array() ? of_all : json(std::vector<json>(levels, of_all));
  if (list.size() != levels) {
    error(field,
          tensor::format("expected an entry for each of {} levels, got {}", levels, list.size()));
  }
  std::vector<std::vector<int64_t>> result;
  for (size_t level = 0; level < levels; ++level) {
    const auto count = static_cast<size_t>(counts[level]);
    const json& entry = list[level];
    const json layers = entry.is_array() ? entry : json(std::vector<json>(count, entry));
    if (layers.size() < count || !is_list_of<is_integer>(layers)) {
      error(field, tensor::format("level {}: expected a whole number, or {} of them; got {}", level,
                                  count, json_text(entry)));
    }
    result.push_back(layers.get<std::vector<int64_t>>());
    result.back().resize(count);
    for (const int64_t number : result.back()) expect_range(field, range, number);
  }
  return result;
}

std::vector<int64_t> ConfigReader::integer_per_level(std::string_view field, size_t count,
                                                     IntegerRange range, int64_t fallback) const {
  if (!has(field) || !json_->at(std::string(field)).is_array()) {
    return std::vector<int64_t>(count, integer(field, range, fallback));
  }
  std::vector<int64_t> values = integers(field, range);
  if (values.size() != count) {
    error(field, tensor::format("expected one number for each of {} levels, got {}", count,
                                values.size()));
  }
  return values;
}

void ConfigReader::expect_null(std::string_view field) const {
  if (!has(field)) return;
  error(field, "expected null, got " + json_text(json_->at(std::string(field))) +
                   "; this feature of other models is not built here");
}

void ConfigReader::expect_text(std::string_view field,
                               const std::vector<std::string>& accepted) const {
  const std::string value = text(field, accepted.front());
  if (std::find(accepted.begin(), accepted.end(), value) != accepted.end()) return;
  error(field, tensor::format("expected {}, got {}", join(accepted), value));
}

void ConfigReader::expect_flag(std::string_view field, bool expected) const {
  if (flag(field, expected) == expected) return;
  error(field, tensor::format("expected {}", expected ? "true" : "false"));
}

void ConfigReader::expect_all_false(std::string_view field) const {
  if (!has(field) || !json_->at(std::string(field)).is_array()) return expect_flag(field, false);
  const json* flags = find(field, is_list_of<is_flag>, "true or false, or a list of them");
  if (std::ranges::count(*flags, json(true)) > 0) error(field, "expected false for all levels");
}

void ConfigReader::expect_number(std::string_view field, double expected) const {
  const double value = number(field, expected);
  if (value == expected) return;
  error(field, tensor::format("expected {}, got {}", expected, value));
}

}  // namespace sdxl
