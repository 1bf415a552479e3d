#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
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
/// for an absent field: the default of the reference class.
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
  /// (transformers).
  std::string class_name() const;
  /// Errors unless the class is one of these.
  void expect_class(const std::vector<std::string>& accepted) const;

  bool has(std::string_view field) const;  // present, and not null
  std::vector<std::string> fields() const;
  /// Whether model_index.json has this component: ["library", "class"]. An absent one is
  /// [null, null].
  bool lists_component(std::string_view field) const;

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
  /// A list of `count` integers, or one integer for all levels -> `count` integers.
  std::vector<int64_t> integer_per_level(std::string_view field, size_t count, IntegerRange range,
                                         int64_t fallback) const;

  /// For unsupported features: errors when the field has a value other than null.
  void expect_null(std::string_view field) const;
  /// Errors when the field is present with another value than these.
  void expect_text(std::string_view field, const std::vector<std::string>& accepted) const;
  void expect_flag(std::string_view field, bool value) const;
  void expect_number(std::string_view field, double value) const;

  /// Throws with the file and the field in front of the message.
  [[noreturn]] void error(std::string_view field, const std::string& message) const;

 private:
  ConfigReader(const std::filesystem::path& path, std::istream& text);
  /// The field's value, or null where it is absent; errors unless `is_type` holds for it.
  using TypeTest = bool (*)(const nlohmann::json& value);
  const nlohmann::json* find(std::string_view field, TypeTest is_type, const char* type) const;
  int64_t expect_range(std::string_view field, IntegerRange range, int64_t value) const;

  std::filesystem::path path_;
  std::unique_ptr<const nlohmann::json> json_;
};

}  // namespace sdxl
