# Every notebook runs from its first cell to its last, and is stored without outputs. PYTHON is a
# Python with Jupyter (python3).
python=${PYTHON:-python3}
"$python" -c 'import nbclient, ipykernel, matplotlib' 2>/dev/null ||
  { echo 'no Jupyter (nbclient, ipykernel, matplotlib): the notebooks are not run'; exit 77; }
[ -x "$1/sdxl" ] || { echo "no program in $1: build first"; exit 77; }
SDXL_PROGRAM=$(cd "$1" && pwd)/sdxl "$python" notebooks/execute.py
