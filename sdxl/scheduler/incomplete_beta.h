#pragma once

namespace sdxl {

/// The regularised incomplete beta function for 0 <= x <= 1 and a, b > 0: the share of the beta
/// distribution below x.
///
///   I_x(a, b) = 1 / B(a, b) integral_0^x t^(a-1) (1 - t)^(b-1) dt
///
/// scipy: special.betainc   Abramowitz and Stegun, 26.5.8
double incomplete_beta(double x, double a, double b);

/// The x whose I_x(a, b) is `share`, 0 <= share <= 1, to 1e-15: the distribution's quantile.
/// scipy: stats.beta.ppf
double beta_quantile(double share, double a, double b);

}  // namespace sdxl
