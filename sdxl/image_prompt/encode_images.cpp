#include "sdxl/image_prompt/encode_images.h"

#include "sdxl/pipeline/non_finite.h"
#include "sdxl/pipeline/repeat_rows.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// (images, 3, S, S) -> (1, images, D), or with hidden states (1, images, 1 + P, D)
Tensor encode(const CLIPVisionModel& encoder, const Tensor& pixels, bool takes_hidden_states) {
  const ImageFeatures features = encoder.forward(pixels);
  const size_t layers = features.hidden_states.size() - 1;
  const Tensor& x =
      takes_hidden_states ? features.hidden_states[layers - 1] : features.image_embeds;
  if (has_non_finite(x)) {
    fail_at_non_finite(encoder.path(), [&] { encoder.forward(pixels); });
  }
  std::vector<int64_t> sizes = {1};
  sizes.insert(sizes.end(), x.shape().begin(), x.shape().end());
  return x.reshape(tensor::Shape(sizes));
}

}  // namespace

ImageConditions encode_images(const StableDiffusionXL& model,
                              const std::vector<ImagePrompt>& prompts, int64_t n) {
  const ImageProjectors* projectors = model.unet.encoder_hid_proj();
  const size_t adapters = projectors ? projectors->size() : 0;
  tensor::require(prompts.size() == adapters,
                  "ip_adapter_image: expected one for each of {} IP-Adapters, got {}", adapters,
                  prompts.size());
  ImageConditions conditions;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const ImagePrompt& prompt = prompts[i];
    tensor::require(!prompt.pixels.empty(), "ip_adapter_image: IP-Adapter {} has none", i);
    const CLIPVisionModel& encoder = *model.image_encoder;
    const bool is_plus = (*projectors)[i].takes_hidden_states();
    const Tensor own = encode(encoder, prompt.pixels, is_plus);
    const Tensor zeros = is_plus ? encode(encoder, Tensor::zeros(prompt.pixels.shape()), is_plus)
                                 : Tensor::zeros(own.shape());
    conditions.cond.push_back({repeat_rows(own, n), prompt.scale});
    conditions.uncond.push_back({repeat_rows(zeros, n), prompt.scale});
  }
  return conditions;
}

}  // namespace sdxl
