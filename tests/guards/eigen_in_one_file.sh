# Eigen is instantiated in tensor/kernels/eigen/gemm_rate.cpp alone: its templates are weak symbols, and where a
# file at -O0 makes them too, the linker may keep the slow copy without a word.
#
#     sh tests/guards/eigen_in_one_file.sh BUILD_FOLDER
found=$(grep -rlE '#include *[<"](Eigen|unsupported)/' tensor nn sdxl examples tests --include='*.h' --include='*.cpp')
if [ "$found" != tensor/kernels/eigen/gemm_rate.cpp ]; then
  printf 'Eigen is included by other files than tensor/kernels/eigen/gemm_rate.cpp:\n%s\n' "$found"
  exit 1
fi

command -v nm >/dev/null || { echo 'no nm: the object files can not be looked at'; exit 77; }
objects=$(find "$1" -name '*.o' -path '*CMakeFiles/*' ! -path '*/tensor_kernels*.dir/*')
[ -n "$objects" ] || { echo "no object files under $1: build first"; exit 77; }
# shellcheck disable=SC2086
weak=$(nm -AC $objects | grep -E ' [VWu] .*Eigen::')
if [ -n "$weak" ]; then
  printf 'Weak symbols of Eigen outside of the kernels:\n%s\n' "$weak"
  exit 1
fi
echo "Eigen is in one file; $(echo "$objects" | wc -l) object files are free of it."
