# The lldb session in docs/debugging/README.md still prints what the page shows.
command -v lldb-19 >/dev/null || { echo 'no lldb-19: the session is not run'; exit 77; }
command -v python3 >/dev/null || { echo 'no python3: the session is not compared'; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Debug' "$1/CMakeCache.txt" || { echo 'not a debug build'; exit 77; }
lldb-19 --no-lldbinit -b -o run /bin/true 2>&1 | grep -q 'exited with status = 0' ||
  { echo 'lldb-19 may not run programs here'; exit 77; }
export PYTHONDONTWRITEBYTECODE=1 ASAN_OPTIONS=detect_leaks=0
python3 tests/guards/sessions.py lldb-19 "$1/sdxl" || exit 1
python3 tests/guards/planted_in_debugger.py "$1/sdxl" --every 10 --debugger lldb-19
