#pragma once

namespace sdxl {

/// A noise level: the sample there is x = signal x_0 + noise eps.
///
///   variance preserving   signal = sqrt(alpha_bar), noise = sqrt(1 - alpha_bar)    DDPM's samples
///   variance exploding    signal = 1,               noise = sigma                  Euler's samples
///
/// Both describe one process, as sigma = sqrt((1 - alpha_bar) / alpha_bar).
/// paper: arXiv 2006.11239, eq. 4;  arXiv 2206.00364, table 1
struct NoiseLevel {
  float signal = 1;
  float noise = 0;

  static NoiseLevel variance_preserving(float alpha_bar);
  static NoiseLevel variance_exploding(float sigma) { return {1, sigma}; }

  /// The standard deviation of a sample whose x_0 has deviation 1: sqrt(1 + sigma^2) for a signal
  /// of 1, and exactly 1 for a level that preserves the variance.
  float deviation() const;
  /// The same level with the variance preserved: x / deviation() is a sample at it.
  NoiseLevel normalized() const;
  /// log(signal / noise), half the logarithm of the signal-to-noise ratio; infinite without noise.
  /// DPM-Solver's lambda.   paper: arXiv 2206.00927, section 2
  float lambda() const;
};

}  // namespace sdxl
