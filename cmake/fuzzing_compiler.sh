#!/bin/sh
# Prints a clang++ that has libFuzzer, the sanitizers and OpenMP. $CXX comes first, then clang++ and
# the versions from new to old. Exit status 77 and a sentence where there is none.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/probe.cpp" <<'PROBE'
#include <omp.h>
#include <cstddef>
#include <cstdint>
extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return omp_get_max_threads() < 0; }
PROBE
for compiler in "${CXX:-}" clang++ clang++-21 clang++-20 clang++-19 clang++-18 clang++-17 clang++-16 \
  clang++-15 clang++-14; do
  command -v "${compiler:-none}" >/dev/null || continue
  "$compiler" -std=c++20 -fopenmp -fsanitize=fuzzer,address,undefined "$folder/probe.cpp" \
    -o "$folder/probe" 2>/dev/null || continue
  command -v "$compiler"
  exit 0
done
echo "no clang++ has libFuzzer and OpenMP; on Debian and Ubuntu: apt-get install clang libomp-dev" >&2
exit 77
