# Refuses a target or a compiler for which the code is not written: one line, before anything is built.
# tests/guards/refused_targets.sh runs this file with each of the values.
#
# Pointers have 8 bytes, since a checkpoint is mapped whole. Bytes are little-endian, since weights are
# used as they lie in the file. g++ has __builtin_shufflevector since 12; clang 14 is the oldest that is
# tried. Compilers of other families are not refused.
set(oldest_GNU 12)
set(oldest_Clang 14)
set(oldest_AppleClang 15)

set(refused "")
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(refused "The target is 32-bit, and Glassbox SDXL needs a 64-bit one.")
elseif(CMAKE_CXX_BYTE_ORDER STREQUAL BIG_ENDIAN)
  set(refused "The target is big-endian, and Glassbox SDXL needs a little-endian one.")
elseif(DEFINED oldest_${CMAKE_CXX_COMPILER_ID}
       AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS oldest_${CMAKE_CXX_COMPILER_ID})
  set(refused "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} is too old: at least ${oldest_${CMAKE_CXX_COMPILER_ID}} (docs/building.md).")
elseif(NOT "cxx_std_20" IN_LIST CMAKE_CXX_COMPILE_FEATURES)
  set(refused "The compiler ${CMAKE_CXX_COMPILER_ID} has no C++20 (docs/building.md).")
endif()
if(refused)
  message(FATAL_ERROR "${refused}")
endif()
