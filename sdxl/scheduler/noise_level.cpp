#include "sdxl/scheduler/noise_level.h"

#include <cmath>

namespace sdxl {

NoiseLevel NoiseLevel::variance_preserving(float alpha_bar) {
  return {std::sqrt(alpha_bar), std::sqrt(1 - alpha_bar)};
}

float NoiseLevel::deviation() const { return signal == 1 ? std::sqrt(noise * noise + 1) : 1; }

NoiseLevel NoiseLevel::normalized() const {
  const float scale = 1 / deviation();
  return {signal * scale, noise * scale};
}

float NoiseLevel::lambda() const { return std::log(signal) - std::log(noise); }

}  // namespace sdxl
