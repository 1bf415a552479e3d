#include <memory>

#include "sdxl/adapters/adapter_file.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/image_prompt/ip_adapter_file.h"
#include "sdxl/upscale/open_upscaler.h"
#include "sdxl/vision/aesthetic_predictor.h"
#include "sdxl/vision/open_vision_model.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/sparse_file.h"

namespace {

/// A UNet with its weights, and the model that keeps them mapped.
struct TinyUnet {
  std::unique_ptr<sdxl::Checkpoint> checkpoint =
      sdxl::open_checkpoint(GLASSBOX_SOURCE_DIR "/tests/goldens/models/three_levels_f32");
  sdxl::UNet2DConditionModel unet{nn::root("unet"), checkpoint->unet_config()};

  TinyUnet() { checkpoint->load("unet", unet); }
};

/// The UNet that the goldens' adapters are for.
sdxl::UNet2DConditionModel& tiny_unet() {
  static TinyUnet tiny;
  return tiny.unet;
}

}  // namespace

/// The files that stand beside a model: adapters, image encoders, predictors, upscalers. The input
/// has the name of a tensor a line, its sizes behind it.
void fuzz::test(std::string_view input) {
  const std::string path = write_sparse_file(input);
  const auto read = [&](auto&& action) { expect_result_or_error(path, action); };
  read([&] {
    sdxl::AdapterFile file(path);
    file.layers_of(tiny_unet(), "unet", 1.0);
    file.expect_all_used();
  });
  read([&] { sdxl::IpAdapterFile(path).expect_fits(tiny_unet()); });
  read([&] { sdxl::open_vision_model(path, "", "image_encoder"); });
  read([&] { sdxl::open_aesthetic_predictor(path); });
  read([&] { sdxl::open_upscaler(path); });
}
