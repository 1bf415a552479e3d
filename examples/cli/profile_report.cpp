#include "examples/cli/profile_report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "sdxl/json_text.h"
#include "tensor/compute.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

struct Row {
  std::string kernel;
  int calls = 0;
  double seconds = 0.0, multiply_adds = 0.0, bytes = 0.0;
};

std::vector<Row> rows_of(const nn::Profile& profile) {
  std::map<std::string, Row> rows;
  for (const auto& run : profile.kernel_calls()) {
    Row& row = rows[run.kernel];
    row.kernel = run.kernel;
    ++row.calls;
    row.seconds += run.seconds;
    row.multiply_adds += run.multiply_adds;
    row.bytes += run.bytes;
  }
  std::vector<Row> sorted;
  for (const auto& [kernel, row] : rows) sorted.push_back(row);
  std::sort(sorted.begin(), sorted.end(),
            [](const Row& a, const Row& b) { return a.seconds > b.seconds; });
  return sorted;
}

void print_row(const Row& row, double all_seconds, double gemm_rate) {
  std::printf("%-18s %8d %9.3f %5.1f%%", row.kernel.c_str(), row.calls, row.seconds,
              100.0 * row.seconds / all_seconds);
  const double rate = row.seconds > 0.0 ? 2e-9 * row.multiply_adds / row.seconds : 0.0;
  if (rate > 0.0) {
    std::printf("  %9.1f %7.2f", rate, rate / gemm_rate);
  } else {
    std::printf("  %9s %7s", "", "");
  }
  std::printf(" %8.1f\n", row.seconds > 0.0 ? 1e-9 * row.bytes / row.seconds : 0.0);
}

}  // namespace

void print_profile(const nn::Profile& profile) {
  const double seconds = profile.seconds();
  const double gemm_rate = tensor::gemm_rate();
  std::printf("%-18s %8s %9s %6s  %9s %7s %8s\n", "kernel", "calls", "seconds", "share", "GFLOP/s",
              "of GEMM", "GB/s");
  Row all{.kernel = "all kernels"};
  for (const Row& row : rows_of(profile)) {
    print_row(row, seconds, gemm_rate);
    all.calls += row.calls;
    all.seconds += row.seconds;
    all.multiply_adds += row.multiply_adds;
    all.bytes += row.bytes;
  }
  print_row(all, seconds, gemm_rate);
  std::printf("%.3f seconds in all; a plain matrix product runs at %.1f GFLOP/s here\n", seconds,
              gemm_rate);
}

void write_profile(const std::string& path, const nn::Profile& profile) {
  auto events = nlohmann::json::array();
  const auto add = [&](const std::string& name, const char* kind, double start, double seconds) {
    events.push_back({{"name", name},
                      {"cat", kind},
                      {"ph", "X"},  // a complete event
                      {"pid", 1},
                      {"tid", 1},
                      {"ts", (start - profile.start()) * 1e6},  // in microseconds
                      {"dur", seconds * 1e6}});
  };
  for (const auto& span : profile.spans()) {
    add(span.path.empty() ? "(model)" : span.path, "module", span.start, span.seconds);
  }
  for (const auto& run : profile.kernel_calls()) add(run.kernel, "kernel", run.start, run.seconds);
  const std::string text = sdxl::json_text({{"traceEvents", events}, {"displayTimeUnit", "ms"}});
  const std::span<const char> parts[] = {text};
  tensor::io::write_file(path, parts);
}

}  // namespace cli
