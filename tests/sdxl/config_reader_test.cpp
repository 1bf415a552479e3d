#include "sdxl/config_reader.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "sdxl/scheduler/scheduler_config.h"
#include "sdxl/unet/unet_config.h"

using sdxl::ConfigReader;

namespace {

ConfigReader parse(const std::string& text) { return ConfigReader::parse(text, "config.json"); }

/// What reading a UNet's config is refused with.
std::string refusal(const std::string& fields) {
  try {
    sdxl::UNetConfig::read(parse(R"({"_class_name": "UNet2DConditionModel", )" + fields + "}"));
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

bool has_control_characters(const std::string& text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

// Found by tests/fuzz/config.cpp and by reasoning about files larger than a fuzzer makes.

TEST_CASE("config: a file whose lists of classes are empty names no class") {
  CHECK(parse(R"({"_class_name": []})").class_name() == "");
  CHECK(parse(R"({"architectures": []})").class_name() == "");
}

TEST_CASE("config: messages show values of unknown origin on one line of bounded length") {
  const std::string escape = R"("\u001b[31m\n")";
  for (const std::string field : {"act_fn", "attention_type", "in_channels", "conv_in_kernel"}) {
    CAPTURE(field);
    const std::string message = refusal("\"" + field + "\": " + escape);
    CHECK(message.starts_with("config.json: " + field + ": expected "));
    CHECK_FALSE(has_control_characters(message));
    const std::string long_value = '"' + std::string(1'000'000, 'x') + '"';
    CHECK(refusal("\"" + field + "\": " + long_value).size() < 1000);
  }
  CHECK_FALSE(has_control_characters(refusal("\"down_block_types\": [" + escape + "]")));
  try {
    parse("{\"_class_name\": " + escape + "}").expect_class({"AutoencoderKL"});
    FAIL("accepted");
  } catch (const std::runtime_error& error) {
    CHECK_FALSE(has_control_characters(error.what()));
  }
}

TEST_CASE("config: brackets nested ever deeper are refused before they are copied") {
  for (const int depth : {501, 100'000}) {
    const std::string nested = std::string(depth, '[') + std::string(depth, ']');
    for (const std::string field : {"in_channels", "layers_per_block", "cross_attention_dim"}) {
      CHECK_THROWS_WITH(parse("{\"" + field + "\": " + nested + "}"),
                        doctest::Contains("config.json: expected a JSON object"));
    }
  }
  CHECK(parse(R"({"a": "[[[[", "b": [[1]]})").has("b"));
}

TEST_CASE("config: a field with a name of a megabyte is compared with no other") {
  const auto config = sdxl::SchedulerConfig::read(
      parse("{\"" + std::string(1'000'000, 'b') + "\": 1, \"beta_start\": 0.001}"));
  CHECK(config.unknown_fields.size() == 1);  // without a comparison of all letters: seconds
}
