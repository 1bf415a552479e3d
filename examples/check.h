#pragma once

#include <cstdlib>
#include <iostream>
#include <source_location>

/// Ends an example with status 1, naming the line, unless its claim holds.
inline void check(bool holds, std::source_location place = std::source_location::current()) {
  if (holds) return;
  std::cerr << place.file_name() << ":" << place.line() << ": this claim does not hold\n";
  std::exit(1);
}
