# Eigen is included in tensor/kernels/eigen/ alone. Its templates are weak symbols: if a file at -O0 makes them
# too, the linker may keep the slow copy without a word.
#
#     sh tests/guards/eigen_in_one_folder.sh BUILD_FOLDER
includes='#include *[<"](Eigen|unsupported)/'
found=$(grep -rlE "$includes" tensor nn sdxl examples tests --include='*.h' --include='*.cpp' |
  grep -v '^tensor/kernels/eigen/')
if [ -n "$found" ]; then
  printf 'Eigen is included outside of tensor/kernels/eigen/:\n%s\n' "$found"
  exit 1
fi
grep -rqE "$includes" tensor/kernels/eigen || { echo 'no Eigen at all: this guard checks nothing'; exit 1; }

command -v nm >/dev/null || { echo 'no nm: the object files cannot be read'; exit 77; }
objects=$(find "$1" -name '*.o' -path '*CMakeFiles/*' ! -path '*/tensor_kernels*.dir/*' \
  ! -path '*/least_squares.dir/*')
[ -n "$objects" ] || { echo "no object files under $1: build first"; exit 77; }
# shellcheck disable=SC2086
weak=$(nm -AC $objects | grep -E ' [VWu] .*Eigen::')
if [ -n "$weak" ]; then
  printf 'Weak symbols of Eigen outside of the kernels:\n%s\n' "$weak"
  exit 1
fi
# least_squares is compiled for SSE2 and hides its copies: no program may offer them to the kernels.
offered=$(nm -DC --defined-only "$1"/glassbox_tests "$1"/sdxl 2>/dev/null | grep 'Eigen::')
if [ -n "$offered" ]; then
  printf 'Symbols of Eigen that a program offers to its libraries:\n%s\n' "$offered"
  exit 1
fi
echo "Eigen is in one folder; $(echo "$objects" | wc -l) object files are free of it."
