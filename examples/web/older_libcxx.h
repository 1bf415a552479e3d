#pragma once

#include <version>

// The C++20 of this project that libc++ lacks before version 15: Debian 12's emscripten 3.1.6 has 13.
// The build includes this file before every other one; with a newer libc++ it is empty.
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 15000

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <utility>

namespace std {

#if _LIBCPP_VERSION < 14000
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}
#endif

namespace ranges {

// An algorithm on a whole range: the one on two iterators.
#define GLASSBOX_ON_RANGE(name)                                                        \
  template <class Range, class... More>                                                \
  auto name(Range&& range, More&&... more) {                                           \
    return std::name(std::begin(range), std::end(range), std::forward<More>(more)...); \
  }
GLASSBOX_ON_RANGE(adjacent_find)
GLASSBOX_ON_RANGE(all_of)
GLASSBOX_ON_RANGE(any_of)
GLASSBOX_ON_RANGE(copy_if)
GLASSBOX_ON_RANGE(count)
GLASSBOX_ON_RANGE(count_if)
GLASSBOX_ON_RANGE(find)
GLASSBOX_ON_RANGE(find_if)
GLASSBOX_ON_RANGE(max_element)
GLASSBOX_ON_RANGE(none_of)
GLASSBOX_ON_RANGE(replace)
GLASSBOX_ON_RANGE(reverse)
GLASSBOX_ON_RANGE(sort)
#undef GLASSBOX_ON_RANGE

}  // namespace ranges
}  // namespace std

#endif
