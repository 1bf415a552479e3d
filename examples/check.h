#pragma once

#include <cstdlib>
#include <iostream>

/// Ends an example with status 1, naming the line, unless its claim holds.
inline void check(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::cerr << file << ":" << line << ": this claim does not hold\n";
  std::exit(1);
}
