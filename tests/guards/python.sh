# The Python package builds, and its tests pass, with torch and diffusers beside it. PYTHON is a Python
# with both (python3). GLASSBOX_MODULES is the number of random modules (200; the full run has 2000).
python=${PYTHON:-python3}
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
"$python" -c 'import torch, diffusers, transformers, nanobind, pytest, hypothesis' 2>/dev/null ||
  { echo 'no torch, diffusers, transformers, nanobind, pytest and hypothesis for '"$python"': pip install them, or set PYTHON'
    exit 77; }
command -v ninja >/dev/null || { echo 'no ninja: the Python package is not built'; exit 77; }
build=$1/python
site=$PWD/$build/site
case $1 in /*) site=$build/site ;; esac
cmake -S . -B "$build" -G Ninja -DGLASSBOX_PYTHON=ON -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON -DGLASSBOX_JPEG=OFF \
  -DGLASSBOX_WEBP=OFF -DPython_EXECUTABLE="$(command -v "$python")" >"$1/python.log" 2>&1 &&
  cmake --build "$build" --target _glassbox glassbox_stub >>"$1/python.log" 2>&1 &&
  rm -rf "$site" && cmake --install "$build" --component glassbox --prefix "$site" >>"$1/python.log" 2>&1 ||
  { tail -n 30 "$1/python.log"; exit 1; }
cd tests/python && PYTHONPATH=$site "$python" -m pytest -q -x --no-header -p no:cacheprovider .
