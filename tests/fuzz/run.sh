# sh tests/fuzz/run.sh BUILD_FOLDER NAME SECONDS [ARGUMENTS...]: runs the fuzzer NAME over its
# corpus, and then for SECONDS on other inputs. ARGUMENTS are those of libFuzzer. Exit status 0: no
# input showed a fault. One that did is in BUILD_FOLDER/findings/NAME, further inputs that reach new
# code are in BUILD_FOLDER/found/NAME.
folder=$1 name=$2 seconds=$3
shift 3
mkdir -p "$folder/findings/$name" "$folder/found/$name"
scratch=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/glassbox-fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# The inputs that are files lie in $scratch. The threads of OpenMP would outweigh the small inputs.
export TMPDIR="$scratch" OMP_NUM_THREADS=1
export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8 UBSAN_OPTIONS=print_stacktrace=1
# support/fuzz.cpp ends an input after one second of the processor. The timeout is for endless loops: it
# counts the time on the wall, and a busy machine may stop a program for a minute.
"$folder/fuzz_$name" -timeout=300 -rss_limit_mb=1024 -malloc_limit_mb=1024 -max_len=16384 \
  -max_total_time="$seconds" -print_final_stats=1 "-dict=tests/fuzz/$name.dict" \
  "-artifact_prefix=$folder/findings/$name/" "$@" "$folder/found/$name" "tests/fuzz/corpus/$name"
