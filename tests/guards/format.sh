# Every C++ file is formatted as .clang-format says.
command -v clang-format >/dev/null || { echo 'no clang-format: the format is not checked'; exit 77; }
# shellcheck disable=SC2046
clang-format --dry-run --Werror $(find tensor nn sdxl examples tests -name '*.h' -o -name '*.cpp') || exit 1
echo 'Every file is formatted as .clang-format says.'
