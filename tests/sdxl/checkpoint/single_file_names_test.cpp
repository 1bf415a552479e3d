#include "sdxl/checkpoint/single_file_names.h"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <sstream>

using namespace sdxl;

namespace {

/// Goes through tests/names/<list>.txt, "ours theirs [which part]" a line, and returns how many
/// names differ.
int count_differences(const std::string& list, const std::string& prefix,
                      const std::function<SingleFilePlace(const std::string&)>& place) {
  std::ifstream file(std::string(GLASSBOX_SOURCE_DIR) + "/tests/names/" + list + ".txt");
  REQUIRE(file);
  int differences = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string ours, theirs, part;
    words >> ours >> theirs >> part;
    const SingleFilePlace found = place(ours);
    std::string expected_part;
    if (found.part == SingleFilePlace::Part::third)
      expected_part = "rows[" + std::to_string(found.third);
    if (found.part == SingleFilePlace::Part::transposed) expected_part = "transpose";
    if (found.part == SingleFilePlace::Part::as_matrix) expected_part = "conv1x1";
    const bool same_part = expected_part.empty() ? part.empty() : part.starts_with(expected_part);
    if (prefix + found.name == theirs && same_part) continue;
    if (differences++ == 0)
      MESSAGE(ours << ": " << prefix << found.name << " instead of " << theirs);
  }
  return differences;
}

}  // namespace

TEST_CASE("single file: every UNet parameter has its name in Stability's layout") {
  for (const auto& [list, config] :
       {std::pair{"single_file_unet_base", UNetConfig::sdxl_base()},
        std::pair{"single_file_unet_refiner", UNetConfig::sdxl_refiner()}}) {
    CHECK(count_differences(list, "model.diffusion_model.",
                            [&config = config](const std::string& name) {
                              return single_file_unet(name, config);
                            }) == 0);
  }
}

TEST_CASE("single file: every parameter of autoencoder and OpenCLIP has its name and part") {
  CHECK(count_differences("single_file_vae", "first_stage_model.",
                          [](const std::string& name) { return single_file_vae(name, 4); }) == 0);
  CHECK(count_differences("single_file_text_encoder_2", "conditioner.embedders.1.model.",
                          single_file_open_clip) == 0);
}

TEST_CASE("single file: a name that is no parameter is refused") {
  CHECK_THROWS_WITH(single_file_unet("down_blocks.x.conv", UNetConfig::sdxl_base()),
                    "no single-file name is known for the parameter down_blocks.x.conv");
  CHECK_THROWS(single_file_vae("middle.conv", 4));
  CHECK_THROWS(single_file_open_clip("text_model.encoder.layers.1.unheard_of"));
}
