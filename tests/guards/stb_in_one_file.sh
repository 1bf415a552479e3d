# stb reads and writes images; tensor/image/image.cpp alone includes it.
found=$(grep -rlE '#include.*stb' tensor nn sdxl examples tests --include='*.h' --include='*.cpp')
if [ "$found" != tensor/image/image.cpp ]; then
  printf 'stb is included by other files than tensor/image/image.cpp:\n%s\n' "$found"
  exit 1
fi
echo 'stb is in one file.'
