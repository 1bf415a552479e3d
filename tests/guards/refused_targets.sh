# A 32-bit or big-endian target, an old compiler and one without C++20 are refused by one line.
#
#     sh tests/guards/refused_targets.sh
trap 'rm -rf "$scratch"' EXIT
scratch=$(mktemp -d)
# expect LINE COMMAND...: cmake fails, and its error is that line.
expect() {
  line=$1
  shift
  ! "$@" >"$scratch/said" 2>&1 && grep -qxF "  $line" "$scratch/said" && return
  printf '%s\ngave no error with the line "%s":\n' "$*" "$line" && cat "$scratch/said" && exit 1
}
# target ID VERSION POINTER ORDER [FEATURES]: the arguments of a target that cmake has looked at.
target() {
  set -- "-DCMAKE_CXX_COMPILER_ID=$1" "-DCMAKE_CXX_COMPILER_VERSION=$2" "-DCMAKE_SIZEOF_VOID_P=$3" \
    "-DCMAKE_CXX_BYTE_ORDER=$4" "-DCMAKE_CXX_COMPILE_FEATURES=${5-cxx_std_17;cxx_std_20}"
  cmake "$@" -P cmake/Target.cmake
}
needs32='The target is 32-bit, and Glassbox SDXL needs a 64-bit one.'
needs_little='The target is big-endian, and Glassbox SDXL needs a little-endian one.'
expect "$needs32" target GNU 12.2.0 4 LITTLE_ENDIAN
expect "$needs_little" target GNU 12.2.0 8 BIG_ENDIAN
expect 'GNU 11.4.0 is too old: at least 12 (docs/building.md).' target GNU 11.4.0 8 LITTLE_ENDIAN
expect 'Clang 13.0.1 is too old: at least 14 (docs/building.md).' target Clang 13.0.1 8 LITTLE_ENDIAN
expect 'The compiler NVHPC has no C++20 (docs/building.md).' target NVHPC 19.1 8 LITTLE_ENDIAN cxx_std_17
for good in 'GNU 12.1.0' 'Clang 14.0.0' 'AppleClang 15.0.0' 'IntelLLVM 2024.0'; do
  # shellcheck disable=SC2086
  target $good 8 LITTLE_ENDIAN || { echo "$good is refused"; exit 1; }
done
# With real compilers, where they are installed.
real='4 kinds of refusal'
try() {
  command -v "$2" >/dev/null || return 0
  expect "$1" cmake -S . -B "$scratch/build" -G Ninja "-DCMAKE_CXX_COMPILER=$2" \
    -DCMAKE_SYSTEM_NAME=Linux "-DCMAKE_SYSTEM_PROCESSOR=${2%%-*}"
  rm -rf "$scratch/build"
  real="$real, $2"
}
try "$needs32" arm-linux-gnueabihf-g++
try "$needs_little" s390x-linux-gnu-g++
echo "Refused by one line: $real."
