#include "sdxl/scheduler/sigma_spacing.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/incomplete_beta.h"
#include "sdxl/scheduler/linspace.h"

namespace sdxl {

double sigma_at(const std::vector<float>& table, double timestep) {
  if (timestep >= static_cast<double>(table.size() - 1)) return table.back();
  const double low = std::floor(timestep);
  const double below = table[static_cast<size_t>(low)];
  const double above = table[static_cast<size_t>(low) + 1];
  return below + (above - below) * (timestep - low);
}

double timestep_at(const std::vector<float>& table, double sigma) {
  if (table.size() == 1) return 0;
  const double log_sigma = std::log(std::max(sigma, 1e-10));
  const auto log_at = [&](size_t t) { return static_cast<double>(std::log(table[t])); };
  size_t low = 0;
  while (low + 2 < table.size() && log_at(low + 1) <= log_sigma) ++low;

  const double weight = (log_at(low) - log_sigma) / (log_at(low) - log_at(low + 1));
  return static_cast<double>(low) + std::clamp(weight, 0.0, 1.0);
}

std::vector<double> karras_sigmas(double sigma_max, double sigma_min, int n) {
  constexpr double rho = 7;
  std::vector<double> sigmas = linspace(0, 1, n);
  const double from = std::pow(sigma_max, 1 / rho);
  const double to = std::pow(sigma_min, 1 / rho);
  for (double& sigma : sigmas) {
    sigma = std::pow(from + sigma * (to - from), rho);
  }
  return sigmas;
}

std::vector<double> exponential_sigmas(double sigma_max, double sigma_min, int n) {
  std::vector<double> sigmas = linspace(std::log(sigma_max), std::log(sigma_min), n);
  for (double& sigma : sigmas) {
    sigma = std::exp(sigma);
  }
  return sigmas;
}

std::vector<double> lu_sigmas(double sigma_max, double sigma_min, int n) {
  const auto log_of = [](double sigma) { return std::log(static_cast<float>(sigma)); };
  std::vector<double> sigmas = linspace(log_of(sigma_max), log_of(sigma_min), n);
  for (double& sigma : sigmas) {
    sigma = std::exp(sigma);
  }
  return sigmas;
}

std::vector<double> beta_sigmas(double sigma_max, double sigma_min, int n) {
  std::vector<double> sigmas = linspace(0, 1, n);
  for (double& sigma : sigmas) {
    sigma = sigma_min + beta_quantile(1 - sigma, 0.6, 0.6) * (sigma_max - sigma_min);
  }
  return sigmas;
}

std::vector<double> curve_sigmas(const SchedulerConfig& config, double sigma_max, double sigma_min,
                                 int n) {
  const double from = config.sigma_max.value_or(sigma_max);
  const double to = config.sigma_min.value_or(sigma_min);
  switch (config.sigma_spacing) {
    case SigmaSpacing::karras:
      return karras_sigmas(from, to, n);
    case SigmaSpacing::beta:
      return beta_sigmas(from, to, n);
    case SigmaSpacing::exponential:
    case SigmaSpacing::timesteps:
      break;
    case SigmaSpacing::lu:
      return lu_sigmas(sigma_max, sigma_min, n);
  }
  return exponential_sigmas(from, to, n);
}

}  // namespace sdxl
