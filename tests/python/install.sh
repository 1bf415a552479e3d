# sh tests/python/install.sh BUILD_FOLDER PYTHON: makes the package's source archive, builds the wheel from what the
# archive holds, without a network, and unpacks the wheel in BUILD_FOLDER/python/site. Builds again only what changed.
# 77: something that this needs is not installed.
"$2" -c 'import nanobind, scikit_build_core, pip' 2>/dev/null ||
  { echo "no nanobind and scikit-build-core for $2: pip install them, or set PYTHON"; exit 77; }
command -v ninja >/dev/null || { echo 'no ninja: the Python package is not built'; exit 77; }
mkdir -p "$1/python"
build=$(cd "$1/python" && pwd)
if command -v flock >/dev/null; then # two guards come here
  exec 9>"$build/lock"
  flock 9
fi
"$2" tests/python/install.py "$build" >"$build/install.log" 2>&1 || { tail -n 30 "$build/install.log"; exit 1; }
