# The kernels' tests, which have all the threads, run under ThreadSanitizer without a report.
#
#     sh tests/guards/threads.sh BUILD_FOLDER
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
scripts/sanitizers tsan short 2>&1
