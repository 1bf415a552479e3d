# The kernels built for older processors pass the tests too, and the system loads them there.
#
#     sh tests/guards/every_processor.sh BUILD_FOLDER
loader=/lib64/ld-linux-x86-64.so.2
[ -d "$1/glibc-hwcaps" ] || { echo 'the kernels were built for one processor'; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
able=$($loader --help 2>/dev/null | sed -n 's/^ *\(x86-64-v[34]\) (supported, searched)$/\1/p')
for level in $(echo "$able" | sed 1d) none; do  # the first is the one that all tests run with
  expected=$1/glibc-hwcaps/$level
  [ "$level" != none ] || expected=$1
  loaded=$(LD_DEBUG=libs $loader --glibc-hwcaps-mask "$level" "$1/glassbox_tests" --version 2>&1 |
    sed -n 's/.*calling init: \(.*libtensor_kernels.so\)$/\1/p')
  [ "$loaded" -ef "$expected/libtensor_kernels.so" ] ||
    { echo "for the level $level the system loaded \"$loaded\""; exit 1; }
  for tests in "fast tensor" "eigen sdxl/unet"; do
    set -- "$1" $tests
    said=$($loader --glibc-hwcaps-mask "$level" "$1/glassbox_tests" --backend "$2" -sf="*/tests/$3/*_test.cpp" 2>&1) ||
      { printf 'with the kernels of the level %s, backend %s:\n%s\n' "$level" "$2" "$said"; exit 1; }
    echo "$level, $2: $(echo "$said" | grep -a 'test cases:')"
  done
done
