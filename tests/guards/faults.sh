# Under injected faults the program ends in order: an error with a message, no file half-written.
#
#     sh tests/guards/faults.sh BUILD_FOLDER
command -v python3 >/dev/null || { echo 'no python3 for scripts/faults'; exit 77; }
command -v cc >/dev/null || { echo 'no cc for the library that injects faults'; exit 77; }
[ "$(uname -s)" = Linux ] || { echo 'faults are injected on Linux only'; exit 77; }
grep -q 'fsanitize=' "$1/CMakeCache.txt" && { echo 'sanitizers have their own allocation'; exit 77; }
python3 scripts/faults --short --build "$1"
