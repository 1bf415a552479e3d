# The session in docs/debugging/README.md stops where it says and shows what it shows.
command -v gdb >/dev/null || { echo 'no gdb: the session is not tried'; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Debug' "$1/CMakeCache.txt" || { echo 'not a debug build'; exit 77; }
gdb -nx -batch -ex run /bin/true 2>&1 | grep -q 'exited normally' ||
  { echo 'gdb may not run programs here'; exit 77; }

commands=$(mktemp)
trap 'rm -f "$commands"' EXIT
sed -n 's/^(gdb) //p' docs/debugging/README.md >"$commands"
printf '%s\n' 'p x.shape()' 'p h.dim(-1)' 'p *h.data()@3' 'tbreak sdxl::GEGLU::forward' continue \
  >>"$commands"
yes step | head -n 40 >>"$commands"
said=$(ASAN_OPTIONS=detect_leaks=0 gdb -nx -batch -x .gdbinit -x "$commands" "$1/sdxl" 2>&1)

expect() {
  echo "$said" | grep -qE "$1" && return
  printf '%s\nNothing in the session above is like: %s\n' "$said" "$1"
  exit 1
}
expect '^h = Tensor\(1, 4, 128\) \[-?[0-9.]+, '
expect '^k = Tensor\(1, 77, 128\) '
expect '^#0 .*nn::Module::record'
expect '^#1 .*sdxl::Attention::forward .*context=Tensor\(1, 77, 160\)'
expect '^#4 .*sdxl::MidBlock2DCrossAttn::forward'
expect '= \(1, 4, 128\)$'
expect '= 128$'
expect '= \{-?[0-9.]+, -?[0-9.]+, -?[0-9.]+\}$'
stepped=$(echo "$said" | sed '1,/Temporary breakpoint .*GEGLU::forward/d')
said=$stepped
expect '^nn::Linear::forward .*x=Tensor'
echo "$stepped" | grep -E ' at .*/tensor/' && { echo 'step went into tensor/'; exit 1; }
echo 'The session in docs/debugging/README.md goes as written.'
