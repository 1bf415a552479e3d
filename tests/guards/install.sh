# An installation that is moved to another folder draws with its own model and kernels, and a project that
# uses it by find_package builds and draws. As a subdirectory of that project this one adds no test, no
# program and no flag: there one file is compiled; scripts/packages builds the whole.
#
#     sh tests/guards/install.sh BUILD_FOLDER
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
[ -e "$1/package/sdxl.1" ] || { echo "no manual page in $1: build the target all first"; exit 77; }
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
fail() { [ ! -s "$made/log" ] || tail -n 20 "$made/log"; echo "$*"; exit 1; }
quietly() { "$@" >"$made/log" 2>&1 </dev/null; }
unset SDXL_MODEL

quietly cmake --install "$1" --prefix "$made/first" --strip || fail 'cmake --install failed'
mkdir "$made/second" && mv "$made/first" "$made/second/moved"
moved=$made/second/moved
quietly "$moved/bin/sdxl" generate --quiet --steps 1 --seed 1 --output "$made/ring.png" || fail 'the moved program does not draw'
[ -s "$made/ring.png" ] || fail 'the moved program left no image'
if [ -d "$moved/lib/glassbox_sdxl/glibc-hwcaps" ]; then
  loaded=$(LD_DEBUG=libs "$moved/bin/sdxl" --version 2>&1 | sed -n 's/.*calling init: \(.*libtensor_kernels.so\)$/\1/p')
  case $loaded in "$moved"/*) ;; *) fail "the moved program loads \"$loaded\"" ;; esac
fi
echo '{' >"$moved/share/glassbox_sdxl/tiny_sdxl/model_index.json"  # it is the installed model that is read
quietly "$moved/bin/sdxl" generate --output "$made/none.png" && fail 'the moved program reads another model than the installed one'
grep -q "$moved/share/glassbox_sdxl/tiny_sdxl" "$made/log" || fail 'the error does not name the installed model'
cp examples/tiny_sdxl/model/model_index.json "$moved/share/glassbox_sdxl/tiny_sdxl"

(cd "$moved/include/glassbox_sdxl" && find . -name '*.h' | sed 's|^\./\(.*\)|#include "\1"|' | sort) >"$made/all.cpp"
quietly c++ -std=c++20 -fsyntax-only -I "$moved/include/glassbox_sdxl" "$made/all.cpp" || fail 'the installed headers do not compile'

configure() { # $1: build folder, then options
  folder=$made/$1 && shift
  quietly cmake -S examples/consumer -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@"
}
configure by_package -DCMAKE_PREFIX_PATH="$moved" || fail 'find_package(glassbox_sdxl) failed'
quietly cmake --build "$made/by_package" || fail 'examples/consumer does not build with the installed libraries'
quietly "$made/by_package/star" "$made/star.png" || fail 'examples/consumer does not draw'
[ -s "$made/star.png" ] || fail 'examples/consumer left no image'
if grep -q "$PWD/\(tensor\|nn\|sdxl\)" "$made/by_package/compile_commands.json"; then
  fail 'the installed package leads to the headers of the source tree'
fi

configure as_folder -DGLASSBOX_SDXL="$PWD" || fail 'add_subdirectory failed'
flags=$(grep '"command".*star\.cpp' "$made/as_folder/compile_commands.json")
[ -n "$flags" ] || fail 'no command compiles star.cpp: this guard checks nothing'
for flag in -Werror -Wall -ffp-contract -DGLASSBOX; do
  case $flags in *"$flag"*) fail "add_subdirectory: the parent's files are compiled with $flag" ;; esac
done
targets=$(cmake --build "$made/as_folder" --target help)
for target in glassbox_tests manual_and_completions 01_tensor_tour; do
  case $targets in *"$target"*) fail "add_subdirectory: the parent has the target $target" ;; esac
done
[ "$(ctest --test-dir "$made/as_folder" -N 2>&1 | grep -c 'Test *#')" = 0 ] || fail "add_subdirectory: the parent has this project's tests"
quietly cmake --build "$made/as_folder" --target CMakeFiles/star.dir/star.cpp.o || fail 'add_subdirectory: star.cpp does not compile'
echo 'A moved installation draws, and a project that uses it; as a subdirectory it adds nothing to its parent.'
