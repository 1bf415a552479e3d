# Every notebook runs from its first cell to its last, with the Python package, and is stored without outputs. PYTHON is
# a Python with Jupyter, torch and diffusers (python3).
python=${PYTHON:-python3}
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
"$python" -c 'import nbclient, ipykernel, matplotlib, torch, diffusers' 2>/dev/null ||
  { echo "no nbclient, ipykernel, matplotlib, torch and diffusers for $python: pip install them, or set PYTHON"; exit 77; }
sh tests/python/install.sh "$1" "$python" || exit
PYTHONPATH=$(cd "$1/python/site" && pwd) "$python" notebooks/execute.py
