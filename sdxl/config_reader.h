#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sdxl {

/// The values that a field may have, both ends included.
struct IntegerRange {
  int64_t low;
  int64_t high;
};
struct NumberRange {
  double low;
  double high;
};

/// Reads one JSON config as diffusers and transformers write them. A getter returns its `fallback`
/// for an absent field: the default of the reference class. As in Python, a number such as 2.0 is a
/// whole one, and a flag that is null is false.
///
/// Errors, all std::runtime_error that name the file, the field, what was expected and what came:
/// no such file, no JSON, a field of another type, a value out of its range, a feature that this
/// project does not support; for a getter without a fallback, an absent field.
class ConfigReader {
 public:
  explicit ConfigReader(const std::filesystem::path& path);
  /// Parses a config from a text. Messages name it `path`.
  static ConfigReader parse(const std::string& text, const std::filesystem::path& path);
  ConfigReader(ConfigReader&&) noexcept;
  ~ConfigReader();

  const std::filesystem::path& path() const { return path_; }
  /// The class the config is for: "_class_name" (diffusers) or the first of "architectures"
  /// (transformers); "" if it names none.
  std::string class_name() const;
  /// Sets class_name(): for a config that is read as another class.
  void set_class_name(const std::string& name) { class_name_ = name; }
  /// Errors unless the class is one of these.
  void expect_class(const std::vector<std::string>& accepted) const;

  bool has(std::string_view field) const;      // present, and not null
  bool is_null(std::string_view field) const;  // present, and null
  std::vector<std::string> fields() const;
  /// Whether model_index.json has this component: ["library", "class"]. An absent one is
  /// [null, null].
  bool lists_component(std::string_view field) const;
  /// The class of a component in model_index.json; "" where it is not listed.
  std::string component_class(std::string_view field) const;

  int64_t integer(std::string_view field) const;
  int64_t integer(std::string_view field, int64_t fallback) const;
  int64_t integer(std::string_view field, IntegerRange range) const;
  int64_t integer(std::string_view field, IntegerRange range, int64_t fallback) const;
  double number(std::string_view field, double fallback) const;
  double number(std::string_view field, NumberRange range, double fallback) const;
  bool flag(std::string_view field, bool fallback) const;
  std::string text(std::string_view field, const std::string& fallback) const;
  std::vector<int64_t> integers(std::string_view field, IntegerRange range) const;
  std::vector<double> numbers(std::string_view field) const;
  std::vector<std::string> strings(std::string_view field) const;
  /// One integer, or a list of equal ones: a size, or a height and a width.
  int64_t size(std::string_view field, IntegerRange range, int64_t fallback) const;
  /// For each level i a list of counts[i] integers, from [1, [2, 3], 4]: a single integer goes for
  /// the whole level, one without a list for all levels. Further entries of a list are ignored.
  std::vector<std::vector<int64_t>> integers_per_layer(std::string_view field,
                                                       const std::vector<int64_t>& counts,
                                                       IntegerRange range, int64_t fallback) const;
  /// A list of `count` integers, or one integer for all levels -> `count` integers.
  std::vector<int64_t> integer_per_level(std::string_view field, size_t count, IntegerRange range,
                                         int64_t fallback) const;

  /// For unsupported features: errors when the field has a value other than null.
  void expect_null(std::string_view field) const;
  /// Errors when the field is present with another value than these.
  void expect_text(std::string_view field, const std::vector<std::string>& accepted) const;
  void expect_flag(std::string_view field, bool value) const;
  void expect_all_false(std::string_view field) const;  // a flag, or a list of them
  void expect_number(std::string_view field, double value) const;

  /// Throws with the file and the field in front of the message.
  [[noreturn]] void error(std::string_view field, const std::string& message) const;

 private:
  ConfigReader(const std::filesystem::path& path, const std::string& text);
  /// The field's value, or null where it is absent; errors unless `is_type` holds for it.
  using TypeTest = bool (*)(const nlohmann::json& value);
  const nlohmann::json* find(std::string_view field, TypeTest is_type, const char* type) const;
  int64_t expect_range(std::string_view field, IntegerRange range, int64_t value) const;

  std::filesystem::path path_;
  std::unique_ptr<const nlohmann::json> json_;
  std::string class_name_;  // set by set_class_name; else empty
};

}  // namespace sdxl
