#include "sdxl/checkpoint/diffusers_folder.h"
#include "tests/fuzz/support/fuzz.h"

/// model_index.json of a folder whose other files are intact.
void fuzz::test(std::string_view input) {
  static const bool is_ready = [] {
    const auto model =
        std::filesystem::path(GLASSBOX_SOURCE_DIR) / "tests/goldens/models/two_levels_f16";
    std::filesystem::copy(model, folder(), std::filesystem::copy_options::recursive);
    return true;
  }();
  write_file("model_index.json", input);
  expect_result_or_error(folder(), [&] {
    const sdxl::DiffusersFolder model(folder());
    expect(is_ready && !model.components().empty(), "a model has no components");
    expect_result_or_error(folder(), [&] { model.expect_components(model.components()); });
    expect_result_or_error(folder(), [&] { model.force_zeros_for_empty_prompt(); });
    expect_result_or_error(folder(), [&] { model.requires_aesthetics_score(); });
    expect_result_or_error(folder(), [&] { model.unet_config(); });
    expect_result_or_error(folder(), [&] { model.vae_config(); });
    expect_result_or_error(folder(), [&] { model.scheduler_config(); });
    expect_result_or_error(folder(), [&] { model.text_config("text_encoder"); });
    expect_result_or_error(folder(), [&] { model.text_config("text_encoder_2"); });
  });
}
