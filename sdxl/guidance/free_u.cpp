#include "sdxl/guidance/free_u.h"

#include <cmath>
#include <numbers>

#include "sdxl/inspect/skips.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Cosine and sine, row by row, of each pair of frequencies: (8, H W), or fewer on an axis of one
/// pixel, which has frequency 0 only.
Tensor waves(int64_t height, int64_t width) {
  std::vector<float> rows;
  for (const int fy : {0, -1}) {
    for (const int fx : {0, -1}) {
      if ((fy != 0 && height == 1) || (fx != 0 && width == 1)) continue;
      for (const double shift : {0.0, 0.5}) {  // quarter turns: cos(a - pi / 2) = sin(a)
        for (int64_t i = 0; i < height * width; ++i) {
          const double turns = static_cast<double>(fy * (i / width)) / static_cast<double>(height) +
                               static_cast<double>(fx * (i % width)) / static_cast<double>(width);
          rows.push_back(static_cast<float>(std::cos(std::numbers::pi * (2.0 * turns - shift))));
        }
      }
    }
  }
  const auto count = static_cast<int64_t>(rows.size()) / (height * width);
  return Tensor::from({count, height * width}, std::move(rows));
}

}  // namespace

Tensor lowest_frequencies(const Tensor& x) {
  const auto [n, c, height, width] = x.dims<4>();
  const Tensor basis = waves(height, width);  // (8, H W)
  Tensor h = x.reshape({n * c, height * width});
  h = matmul(h, permute(basis, {1, 0}));                      // (N C, 8)
  h = matmul(h, basis) / static_cast<float>(height * width);  // (N C, H W)
  return h.reshape({n, c, height, width});
}

FreeU::FreeU(const nn::Module& unet, const FreeUFactors& f) : Observer(Place::front) {
  tensor::require(f.s1 > 0.0 && f.s2 > 0.0 && f.b1 > 0.0 && f.b2 > 0.0,
                  "FreeU: expected factors above 0, got s1 {}, s2 {}, b1 {}, b2 {}", f.s1, f.s2,
                  f.b1, f.b2);
  const std::string first = nn::join_path(unet.path(), "up_blocks.0.");
  const std::string second = nn::join_path(unet.path(), "up_blocks.1.");
  for (const Skip& skip : skips_of(unet)) {
    const auto change = [&](double s, double b) {
      changes_[skip.popped_by] = {skip.channels, static_cast<float>(s), static_cast<float>(b)};
    };
    if (skip.popped_by.starts_with(first)) change(f.s1, f.b1);
    if (skip.popped_by.starts_with(second)) change(f.s2, f.b2);
  }
}

void FreeU::on_input(const nn::Module& module, nn::Inputs inputs) {
  const auto found = changes_.find(module.path());
  if (found == changes_.end()) return;
  const auto& [skip_channels, s, b] = found->second;
  const Tensor& x = inputs.begin()->value;  // (N, C + C_skip, H, W)
  const int64_t channels = x.dim(1) - skip_channels, half = channels / 2;
  const Tensor skip = slice(x, 1, channels, x.dim(1));
  const Tensor backbone = b * slice(x, 1, 0, half);
  input_.set(module, tensor::concat({backbone, slice(x, 1, half, channels),
                                     skip + (s - 1.0f) * lowest_frequencies(skip)},
                                    1));
}

void FreeU::on_output(const nn::Module& /*module*/, const Tensor& /*output*/) {}

Tensor FreeU::replace(const nn::Module& module, const Tensor& output) {
  return input_.replace(module, output);
}

}  // namespace sdxl
