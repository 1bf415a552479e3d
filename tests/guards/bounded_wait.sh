# Threads without work sleep soon (tensor/kernels/bounded_wait.cpp), unless the user's environment says otherwise.
#
#     sh tests/guards/bounded_wait.sh BUILD_FOLDER
unset OMP_WAIT_POLICY GOMP_SPINCOUNT KMP_BLOCKTIME
export OMP_DISPLAY_ENV=verbose
# expect SAID VALUE: the runtime, whichever it is, has one of the two values.
expect() {
  echo "$1" | grep -qE "$2" && return
  printf 'The OpenMP runtime shows no line with %s:\n%s\n' "$2" "$1"
  exit 1
}
draw="$1/sdxl generate --quiet --steps 1 --output $(mktemp -u).png"
made=${draw##* }
trap 'rm -f "$made"' EXIT
expect "$($draw 2>&1)" "GOMP_SPINCOUNT *= *'5000'|KMP_BLOCKTIME *= *'?1('|$|ms)"
expect "$(GOMP_SPINCOUNT=77 KMP_BLOCKTIME=77 $draw 2>&1)" "GOMP_SPINCOUNT *= *'77'|KMP_BLOCKTIME *= *'?77"
expect "$(OMP_WAIT_POLICY=active $draw 2>&1)" "GOMP_SPINCOUNT *= *'[0-9]{6,}'|KMP_BLOCKTIME *= *'?[0-9]{3,}"
echo 'A thread without work sleeps after a short spin.'
