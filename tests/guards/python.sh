# The Python package's source archive builds a wheel, and its tests pass, with torch and diffusers beside it. PYTHON is a
# Python with both (python3). GLASSBOX_MODULES is the number of random modules (200; the full run has 2000).
python=${PYTHON:-python3}
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
"$python" -c 'import torch, diffusers, transformers, pytest, hypothesis' 2>/dev/null ||
  { echo "no torch, diffusers, transformers, pytest and hypothesis for $python: pip install them, or set PYTHON"; exit 77; }
sh tests/python/install.sh "$1" "$python" || exit
site=$(cd "$1/python/site" && pwd)
cd tests/python && PYTHONPATH=$site "$python" -m pytest -q -x --no-header -p no:cacheprovider .
