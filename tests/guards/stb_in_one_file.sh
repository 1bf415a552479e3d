# stb reads and writes images; tensor/image/stb.cpp alone includes it.
found=$(grep -rlE '#include <stb' tensor nn sdxl examples tests --include='*.h' --include='*.cpp')
if [ "$found" != tensor/image/stb.cpp ]; then
  printf 'stb is included by other files than tensor/image/stb.cpp:\n%s\n' "$found"
  exit 1
fi
echo 'stb is in one file.'
