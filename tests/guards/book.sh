# The book (docs/book) builds without a warning: every claim holds, every figure is drawn, every link has a target. The
# solutions of its exercises pass, and the empty forms do not. PYTHON is a Python with Sphinx and the rest of
# docs/book/machinery/requirements.txt (python3).
python=${PYTHON:-python3}
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
"$python" -c 'import furo, latex2mathml, matplotlib, myst_parser, numpy, PIL, sphinx, ziamath' 2>/dev/null ||
  { echo "no furo, latex2mathml, matplotlib, myst-parser, pillow, sphinx and ziamath for $python: pip install them, or set PYTHON"; exit 77; }
sh tests/python/install.sh "$1" "$python" || exit
"$python" docs/book/machinery/build.py "$1" "$1/book" -E || exit
SDXL_PROGRAM=$(cd "$1" && pwd)/sdxl PYTHONPATH=$(cd "$1/python/site" && pwd) "$python" tests/book/exercises.py all
