# The page that draws in the browser (docs/web.md) builds, draws the program's picture, and does in Chromium what a
# visitor asks of it. PYTHON is a Python with playwright (python3), and best with axe-core-python.
#
#     sh tests/guards/web.sh BUILD_FOLDER
python=${PYTHON:-python3}
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
missing=
for command in em++ node chromium; do
  command -v $command >/dev/null || missing="$missing $command"
done
"$python" -c 'import playwright' 2>/dev/null || missing="$missing playwright (for $python)"
[ -z "$missing" ] || { echo "the page is not tested, as these are missing:$missing"; exit 77; }
log=$1/web.log
if ! site=$(bash scripts/web --build-only 2>"$log"); then
  tail -n 30 "$log"
  exit 1
fi
case $1 in /*) program=$1/sdxl ;; *) program=$PWD/$1/sdxl ;; esac
cd tests/web && SITE=$(echo "$site" | tail -n 1) SDXL_PROGRAM=$program CHROMIUM=$(command -v chromium) \
  exec "$python" -m unittest
