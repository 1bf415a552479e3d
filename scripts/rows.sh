# Sourced by scripts/compilers, scripts/sanitizers and scripts/arm64: runs tests, and prints a table.

# Guards look at the sources, and the goldens of the other backends run textbook loops.
slow_tests='^(guard|goldens|example): '
bad_rows=0

# head_of_table TITLE...
head_of_table() { row "$@" && row "${@//*/---}"; }

# row CELL...: a line of a table in Markdown. One with "failed" or "not" in it makes the script fail.
row() {
  local line
  line="|$(printf ' %s |' "$@")"
  echo "$line"
  case $line in *failed\ \|* | *\ not\ *) bad_rows=$((bad_rows + 1)) ;; esac
}

# minutes SECONDS: as 3:07.
minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# build_all FOLDER [TARGET...]: the program and the tests, all of them although one fails.
build_all() {
  local folder=$1
  shift
  [ $# != 0 ] || set -- sdxl glassbox_tests
  ninja -C "$folder" -j "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" -k 0 "$@"
}

# run_tests FOLDER [OPTION...]: the tests of a build folder, with options of ctest. Leaves "passed / failed /
# skipped" in `counted`; false when one failed or none ran. The output is in FOLDER/tests.log.
run_tests() {
  local folder=$1 report=$1/tests.xml all bad idle
  shift
  rm -f "$report"
  ctest --test-dir "$folder" --output-on-failure --output-junit "$report" -j "${CTEST_PARALLEL_LEVEL:-$(nproc)}" "$@" \
    >"$folder/tests.log" 2>&1 </dev/null || true
  all=$(in_report tests "$report") bad=$(in_report failures "$report")
  idle=$(($(in_report skipped "$report") + $(in_report disabled "$report")))
  counted="$((all - bad - idle)) / $bad / $idle"
  [ "$all" -gt 0 ] && [ "$bad" = 0 ]
}

# A number in the head of a JUnit report; 0 where there is none.
in_report() { { grep -om1 "^\s*$1=\"[0-9]*" "$2" || echo 0; } | tr -cd 0-9; }
