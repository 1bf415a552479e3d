#pragma once

#include "sdxl/guidance/adaptive_projection.h"
#include "sdxl/guidance/deep_cache.h"
#include "sdxl/guidance/free_u.h"
#include "sdxl/guidance/perturbed_attention.h"

namespace sdxl {

/// What changes a UNet's prediction in a run without other weights. By default nothing.
struct RunChanges {
  PerturbedAttentionOptions pag = {};
  AdaptiveProjectionOptions apg = {};
  FreeUFactors freeu = {};
  DeepCacheOptions deep_cache = {};
};

}  // namespace sdxl
