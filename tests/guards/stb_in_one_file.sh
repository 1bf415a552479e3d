# Pictures are read and written by tensor/io/image.cpp alone.
found=$(grep -rlE '#include.*stb' tensor nn sdxl examples tests --include='*.h' --include='*.cpp')
if [ "$found" != tensor/io/image.cpp ]; then
  printf 'stb is included by other files than tensor/io/image.cpp:\n%s\n' "$found"
  exit 1
fi
echo 'stb is in one file.'
